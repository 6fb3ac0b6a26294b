// cursor.js: the arrow keys walk the list; the reading pane, if something is open in it, follows.
import { current, open } from "./reading.js";
import { rows } from "./rows.js";

const PAUSE = 120; // held down, the pane waits until the walk is over
let waiting = 0;

function walk(event) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey || event.defaultPrevented) return;
  const inList = event.target.closest?.("#rows");
  if (!inList && event.target !== document.body) return;
  if (document.querySelector("dialog[open], details.menu[open]")) return;
  const all = rows();
  const here = event.target.closest?.(".row") ?? document.querySelector(".row--cursor, .row--open");
  const next = all[all.indexOf(here) + step] ?? (here ? null : all[0]);
  if (!next) return;
  event.preventDefault();
  for (const item of all) item.classList.toggle("row--cursor", item === next);
  const link = next.querySelector(".row__link");
  next.scrollIntoView({ block: "nearest" });
  link.focus({ preventScroll: true });
  clearTimeout(waiting);
  const isBeside = document.documentElement.dataset.pane !== "none" && matchMedia("(min-width: 56.01rem)").matches;
  if (current() && isBeside && !("compose" in link.dataset)) waiting = setTimeout(() => open(link.href, { focus: false }), PAUSE);
}

export function mount(root) {
  root.addEventListener("keydown", walk);
}
