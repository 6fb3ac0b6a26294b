// act.js: <form data-act> is sent in place. Rows that will leave are hidden at once and drawn again if they did not.
import { post } from "./http.js";
import { refresh, row, rows } from "./rows.js";
import { count } from "./selection.js";
import { close, openRow, reopen } from "./reading.js";
import { say, toast } from "./toast.js";

const LEAVING = ["archive", "delete", "delete-for-ever", "spam", "not-spam"];

export function mount(root) {
  root.addEventListener("submit", async (event) => {
    const form = event.target.closest("form[data-act]");
    if (!form) return;
    event.preventDefault();
    const button = event.submitter;
    const data = new FormData(form, button);
    const starred = ["star", "unstar"].includes(button?.name);
    const ids = starred ? [button.value] : affected(data);
    const leaves = "leaves" in (button?.dataset ?? {}) || button?.name === "move" || (button?.name === "action" && LEAVING.includes(button.value));
    if (!starred && !ids.length && !data.has("token")) return;
    foresee(button, ids, leaves && !data.has("message"));
    if ("closes" in form.dataset && (leaves || button?.value === "unread")) advance(ids[0], leaves);
    try {
      const answer = await post(button?.getAttribute("formaction") ?? form.getAttribute("action"), data);
      if (answer.html) toast(answer.html);
    } catch {
      say(document.getElementById("toasts").dataset.offline, "danger");
    }
    if (data.has("token")) event.target.closest(".toast")?.remove();
    await refresh(ids).catch(() => {});
    for (const id of ids) row(id)?.classList.remove("row--gone");
    if (data.has("token")) document.dispatchEvent(new CustomEvent("mail:undone"));
    count();
    if (data.has("message") && !leaves && button?.value !== "unread") reopen();
  });
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
  if (button?.classList.contains("star")) {
    const on = button.classList.toggle("star--on");
    button.setAttribute("aria-pressed", String(on));
    const use = button.querySelector("use");
    use.setAttribute("href", use.getAttribute("href").replace(/#.*/, on ? "#star-on" : "#star"));
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
