// act.js: <form data-act> is sent in place. Rows that will leave are hidden at once and drawn again if they did not.
// What is done to all that match goes on by itself until it is done, or stopped.
import { fragment } from "./html.js";
import { get, post } from "./http.js";
import { refresh, reload, row, rows } from "./rows.js";
import { count } from "./selection.js";
import { close, openRow, reopen } from "./reading.js";
import { refreshRail } from "./rail.js";
import { say, toast } from "./toast.js";

const LEAVING = ["archive", "delete", "delete-for-ever", "spam", "not-spam"];
const OF_ONE_ROW = ["star", "unstar", "important", "unimportant"];
const LABELLING = ["label", "unlabel", "new_label"];

export function mount(root) {
  root.addEventListener("submit", async (event) => {
    const form = event.target.closest("form[data-act]");
    if (!form) return;
    event.preventDefault();
    const button = event.submitter;
    const data = new FormData(form, button);
    // What is ticked in the menu of labels is not meant by the other buttons.
    if (!button?.closest(".pick") && form.id) for (const name of LABELLING) data.delete(name);
    const isOwn = OF_ONE_ROW.includes(button?.name);
    if (isOwn) data.delete("all");
    const ids = isOwn ? [button.value] : affected(data);
    const leaves = button?.name === "move" || "leaves" in (button?.dataset ?? {}) || (button?.name === "action" && LEAVING.includes(button.value));
    const toLists = "changesFolders" in form.dataset || "changesLabels" in form.dataset;
    if (!isOwn && !ids.length && !toLists && !["token", "all"].some((name) => data.has(name))) return;
    foresee(button, data.has("all") ? [] : ids, leaves && !data.has("message"));
    if ("closes" in form.dataset && (leaves || button?.value === "unread")) advance(ids[0], leaves);
    form.closest("[popover]")?.hidePopover();
    await send(button?.getAttribute("formaction") ?? form.getAttribute("action"), data, ids);
    if (data.has("token")) event.target.closest(".toast")?.remove();
    if (toLists) await redraw(form);
    if (data.has("message") && !leaves && button?.value !== "unread") reopen();
    else if (data.has("label") || data.has("unlabel") || data.has("new_label")) mark();
  });
  root.addEventListener("click", (event) => {
    const link = event.target.closest?.("[data-dismiss]");
    if (!link) return;
    event.preventDefault();
    link.closest(".toast")?.remove();
  });
}

// Send a deed, tell what the server answers, and let the rows show it.
export async function send(url, data, ids = []) {
  let shown = null;
  try {
    const answer = await post(url, data);
    if (answer.html) shown = toast(answer.html);
  } catch {
    say(document.getElementById("toasts").dataset.offline, "danger");
  }
  const further = shown?.querySelector("[data-go-on]");
  if (shown && "goesOn" in shown.dataset && further) {
    further.hidden = true;
    setTimeout(() => further.isConnected && further.form.requestSubmit(further), 50); // time to press "Stop"
    return;
  }
  if (data.has("all") && !shown?.querySelector("[name=confirmed]")) await reload().catch(() => {});
  else await refresh(ids).catch(() => {});
  for (const id of ids) row(id)?.classList.remove("row--gone");
  if (data.has("token")) document.dispatchEvent(new CustomEvent("mail:undone"));
  if (data.has("label") || data.has("unlabel") || data.has("new_label") || data.has("token")) refreshRail();
  count();
}

function affected(data) {
  if (data.has("message")) return [document.querySelector("[data-thread]")?.dataset.thread].filter(Boolean);
  return data.getAll("conversation");
}

function foresee(button, ids, leaves) {
  for (const item of ids.map(row).filter(Boolean)) {
    if (leaves) {
      item.querySelector(".row__tick").checked = false;
      item.classList.add("row--gone");
    } else if (button?.value === "read") item.classList.remove("row--unread");
    else if (button?.value === "unread") item.classList.add("row--unread");
  }
  if (button?.matches(".star, .important")) {
    const kind = button.classList[0];
    const on = button.classList.toggle(`${kind}--on`);
    button.setAttribute("aria-pressed", String(on));
    const use = button.querySelector("use");
    if (kind === "star") use.setAttribute("href", use.getAttribute("href").replace(/#.*/, on ? "#star-on" : "#star"));
  }
  count();
}

function advance(id, leaves) {
  const isWide = matchMedia("(min-width: 56.01rem)").matches && document.documentElement.dataset.pane !== "none";
  const all = [...document.querySelectorAll("#rows > .row")];
  const at = all.findIndex((item) => item.dataset.conversation === id);
  const next = all.slice(at + 1).find((item) => rows().includes(item)) ?? rows().at(-1);
  if (leaves && isWide && next) openRow(next);
  else close();
}

// A folder or a label was changed: the rail, the menus and the open list say so.
async function redraw(form) {
  const gone = form.dataset.leavesFolder;
  if (gone && document.getElementById("list")?.dataset.mailbox === gone) {
    location.assign(document.querySelector(".bar__brand").href);
    return;
  }
  const label = form.getAttribute("action").match(/\/label\/(\d+)\/delete\/$/)?.[1];
  if (label) document.querySelectorAll(`.pick__tick[value="${label}"]`).forEach((tick) => tick.closest(".pick__item").remove());
  await refreshRail();
  if (!document.getElementById("list")) location.reload();
  else if ("changesLabels" in form.dataset) await reload();
}

// The chips of the open conversation, drawn again by the server.
async function mark() {
  const head = document.querySelector("[data-thread] .thread__head");
  if (!head) return;
  const answer = await get(location.href);
  if (!answer.ok || !head.isConnected) return;
  const fresh = fragment(answer.html).querySelector(".thread__head");
  if (fresh) head.replaceWith(fresh);
}
