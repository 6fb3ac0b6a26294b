// selection.js: how many are chosen, choose all, a range with Shift, and all that match beyond this page.
import { list, rows } from "./rows.js";

const ticks = () => rows().map((item) => item.querySelector(".row__tick"));
const every = () => document.querySelector("[data-every]");
let last = null;

export function count() {
  const all = ticks();
  const chosen = all.filter((tick) => tick.checked).length;
  const isComplete = chosen > 0 && chosen === all.length;
  if (every() && !isComplete) every().checked = false;
  if (list()) list().dataset.complete = isComplete ? "yes" : "no";
  for (const place of document.querySelectorAll("[data-chosen]")) {
    place.textContent = every()?.checked ? place.dataset.all : chosen ? chosen.toLocaleString(document.documentElement.lang) : "";
  }
  const box = document.querySelector("[data-tick-all]");
  if (!box) return;
  box.hidden = !all.length;
  box.checked = isComplete;
  box.indeterminate = chosen > 0 && !isComplete;
}

export function choose(which) {
  for (const tick of ticks()) tick.checked = which(tick);
  count();
}

export function mount(root) {
  root.addEventListener("click", (event) => {
    const tick = event.target.closest?.(".row__tick");
    if (!tick) return;
    const all = ticks();
    if (event.shiftKey && last && all.includes(last)) {
      const [from, to] = [all.indexOf(last), all.indexOf(tick)].sort((a, b) => a - b);
      for (const each of all.slice(from, to + 1)) each.checked = tick.checked;
    }
    last = tick;
    count();
  });
  root.addEventListener("change", (event) => {
    if (event.target.matches?.("[data-tick-all]")) choose(() => event.target.checked);
    if (event.target.matches?.("[data-every]")) count();
  });
  root.addEventListener("mail:placed", count);
  const box = list();
  if (box) new MutationObserver(count).observe(document.getElementById("rows"), { childList: true });
  count();
}
