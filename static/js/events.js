// events.js: what happens to the mail, as it happens. The server tells; nothing here asks on a timer.
import { refreshRail } from "./rail.js";
import { current, grow } from "./reading.js";
import { list, refresh, reload } from "./rows.js";
import { listen } from "./stream.js";

const RAIL_MILLISECONDS = 400; // its counters are put right at once, the rest of it can wait for the rows
let later = 0;
let busy = Promise.resolve();

export function mount(root) {
  const shell = root.querySelector("[data-events]");
  if (!shell || !("EventSource" in window)) return;
  listen({
    url: shell.dataset.events,
    since: shell.dataset.since,
    name: `mail ${shell.dataset.events} ${shell.dataset.who ?? ""}`,
    told: (news) => {
      busy = busy.then(() => tell(news)).catch(() => {});
    },
    ended: () => document.dispatchEvent(new CustomEvent("mail:signed-out")),
  });
}

async function tell(news) {
  count(news);
  document.dispatchEvent(new CustomEvent("mail:news", { detail: news }));
  clearTimeout(later);
  later = setTimeout(() => refreshRail().catch(() => {}), RAIL_MILLISECONDS); // no connection: the next news brings it
  const work = [];
  const box = list();
  if (box) {
    const total = box.querySelector("[data-total]");
    const counts = (box.dataset.counted ?? "").split(" ").map((id) => news.folders[id]).filter(Boolean);
    const which = "unread" in box.dataset ? 2 : 1;
    if (total && counts.length) total.textContent = counts.reduce((sum, each) => sum + each[which], 0) || "";
    if (news.everything) work.push("live" in box.dataset ? reload() : null);
    else work.push(refresh(news.conversations, news.arrived));
  }
  if (current() && (news.everything || news.conversations.includes(current()))) work.push(grow());
  await Promise.allSettled(work);
}

function count(news) {
  for (const link of document.querySelectorAll("#folders [data-folder]")) {
    const counts = news.folders[link.dataset.folder];
    const place = link.querySelector(".folder__count");
    if (counts && place && counts[0]) place.textContent = counts[0];
  }
}
