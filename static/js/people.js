// people.js: who is that? A card beside a name: by hovering, by focus, by tapping. The name itself is a link to the
// same card as a page, which is what there is without scripts.
import { base, get } from "./http.js";
import { set } from "./html.js";

const WAIT = 450; // a pointer on its way elsewhere asks nothing
const LEAVE = 250;
const known = new Map();
let card = null;
let anchor = null;
let waiting = 0;
let leaving = 0;

function place() {
  const at = anchor.getBoundingClientRect();
  const own = card.getBoundingClientRect();
  const below = at.bottom + 8 + own.height < innerHeight;
  const start = document.dir === "rtl" ? at.right - own.width : at.left;
  card.style.left = `${Math.max(8, Math.min(start, innerWidth - own.width - 8))}px`;
  card.style.top = `${Math.max(8, below ? at.bottom + 8 : at.top - own.height - 8)}px`;
}

function close(back = false) {
  clearTimeout(waiting);
  if (!card) return;
  card.remove();
  card = null;
  if (back) anchor?.focus();
  anchor = null;
}

export async function open(target) {
  const url = target.getAttribute("href") ?? `${base}/contacts/card/?address=${encodeURIComponent(target.dataset.card)}`;
  if (card && anchor === target) return;
  let html = known.get(url);
  if (!html) {
    const answer = await get(url);
    if (!answer.ok) return;
    html = answer.html;
    known.set(url, html);
    setTimeout(() => known.delete(url), 60_000);
  }
  if (!target.isConnected) return;
  close();
  anchor = target;
  card = document.createElement("div");
  card.className = "who-pop";
  card.setAttribute("role", "dialog");
  card.setAttribute("aria-labelledby", "who-name");
  card.tabIndex = -1;
  set(card, html);
  document.body.append(card);
  await dressed(card.querySelector("link"));
  if (!card) return;
  const copy = card.querySelector("[data-copy]");
  if (copy) copy.hidden = !navigator.clipboard;
  place();
}

// Its stylesheet comes with it, once for each page.
async function dressed(link) {
  if (!link) return;
  if (document.querySelector(`head > link[href="${CSS.escape(link.getAttribute("href"))}"]`)) return;
  document.head.append(link);
  await new Promise((ready) => (link.onload = link.onerror = ready));
}

export function later(target) {
  clearTimeout(waiting);
  clearTimeout(leaving);
  waiting = setTimeout(() => open(target), WAIT);
}

// By key or finger: focus goes into the card, and comes back from it.
export async function show(target) {
  await open(target);
  card?.querySelector("a, button")?.focus();
}

export function mount(root) {
  root.addEventListener("pointerover", (event) => {
    if (event.pointerType !== "mouse") return;
    const target = event.target.closest?.("[data-card]");
    if (target) later(target);
    else if (event.target.closest?.(".who-pop")) clearTimeout(leaving);
    else if (card && !card.contains(document.activeElement)) {
      clearTimeout(leaving);
      leaving = setTimeout(close, LEAVE);
    } else clearTimeout(waiting);
  });
  // A name that is a link opens the card in place, for fingers and for the keyboard; with Ctrl it is a link.
  root.addEventListener("click", async (event) => {
    const copy = event.target.closest?.("[data-copy]");
    if (copy) {
      await navigator.clipboard.writeText(copy.dataset.copy);
      copy.textContent = copy.dataset.copied;
      return;
    }
    const target = event.target.closest?.("a[data-card]");
    if (target && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
      event.preventDefault();
      show(target);
    } else if (card && !event.target.closest?.(".who-pop")) close();
    else if (card && event.target.closest?.(".who-pop a")) close();
  });
  root.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && card) {
      event.preventDefault();
      event.stopPropagation();
      close(true);
    }
  }, true);
  root.addEventListener("focusout", (event) => {
    if (card?.contains(event.target) && event.relatedTarget && !card.contains(event.relatedTarget)) close();
  });
  root.addEventListener("scroll", () => card && !card.contains(document.activeElement) && close(), { capture: true, passive: true });
}
