// selection.js: how many are chosen, choose all, and a range with Shift.
import { list, rows } from "./rows.js";

const ticks = () => rows().map((item) => item.querySelector(".row__tick"));
let last = null;

export function count() {
  const all = ticks();
  const chosen = all.filter((tick) => tick.checked).length;
  for (const place of document.querySelectorAll("[data-chosen]")) place.textContent = chosen || "";
  const every = document.querySelector("[data-tick-all]");
  if (!every) return;
  every.hidden = !all.length;
  every.checked = chosen > 0 && chosen === all.length;
  every.indeterminate = chosen > 0 && chosen < all.length;
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
  });
  root.addEventListener("mail:placed", count);
  const box = list();
  if (box) new MutationObserver(count).observe(document.getElementById("rows"), { childList: true });
  count();
}
