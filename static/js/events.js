// events.js: what happens to the mail, as it happens. The server tells; nothing here asks on a timer.
import { set } from "./html.js";
import { base, get } from "./http.js";
import { current, grow } from "./reading.js";
import { list, refresh, reload } from "./rows.js";

export function mount(root) {
  const shell = root.querySelector("[data-events]");
  if (!shell || !("EventSource" in window)) return;
  const source = new EventSource(`${shell.dataset.events}?since=${shell.dataset.since ?? ""}`);
  source.addEventListener("change", (event) => tell(JSON.parse(event.data)));
  addEventListener("pagehide", () => source.close());
}

async function tell(news) {
  document.title = document.title.replace(/^(\(\d+\) )?/, news.unread ? `(${news.unread}) ` : "");
  const work = [rail()];
  const box = list();
  if (box) {
    const total = box.querySelector("[data-total]");
    const counts = news.folders[box.dataset.mailbox];
    if (total && counts) total.textContent = counts[1] || "";
    if (news.everything) work.push("live" in box.dataset ? reload() : null);
    else work.push(refresh(news.conversations, news.arrived));
  }
  if (current() && news.arrived.includes(current())) work.push(grow());
  await Promise.all(work);
}

async function rail() {
  const box = document.getElementById("folders");
  const here = box.querySelector("[aria-current][data-folder]")?.dataset.folder ?? "";
  const answer = await get(`${base}/folders/rail/?in=${here}`);
  if (answer.ok) set(box, answer.html);
}
