// toast.js: short notices at the foot of the page; one that can be undone stays longer.
import { fragment } from "./html.js";

const SECONDS = 6;
const SECONDS_TO_UNDO = 12;
const timers = new WeakMap();

export function toast(html) {
  const box = document.getElementById("toasts");
  const item = fragment(html).firstElementChild;
  if (!box || !item) return null;
  box.querySelectorAll(".toast").forEach((old) => old.remove());
  box.append(item);
  expire(item);
  return item;
}

export function say(text, level = "info") {
  const item = document.createElement("div");
  item.className = `toast toast--${level}`;
  const words = document.createElement("span");
  words.className = "toast__text";
  words.textContent = text;
  item.append(words);
  document.getElementById("toasts")?.replaceChildren(item);
  expire(item);
}

function expire(item) {
  const seconds = Number(item.dataset.seconds) || (item.querySelector(".toast__undo") ? SECONDS_TO_UNDO : SECONDS);
  timers.set(item, setTimeout(() => item.remove(), seconds * 1000));
  item.addEventListener("pointerenter", () => clearTimeout(timers.get(item)), { once: true });
}

export function mount(root) {
  root.querySelectorAll("#toasts > .toast").forEach(expire);
}
