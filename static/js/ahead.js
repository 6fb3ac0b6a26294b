// ahead.js: conversations that will probably be opened next are fetched before: the neighbours of the one that is open,
// the row that is pointed at, touched or focused. Nothing is marked as read by it, and nothing old is shown: what happens
// to the mail empties the store.
import { get } from "./http.js";

const MOST = 12;
const FRESH_MILLISECONDS = 60_000;
const HOVER_MILLISECONDS = 60; // a pointer that only crosses a row wants nothing
const SETTLED_MILLISECONDS = 150; // what is open comes first

const store = new Map(); // address: { answer, stop, at }
let resting = 0;
let hovering = 0;

const isWorth = (link) => link?.matches?.(".row__link:not([data-compose]), [data-newer], [data-older]") && !navigator.connection?.saveData && navigator.onLine;

function fetchAhead(url) {
  if (store.has(url)) return;
  const stop = new AbortController();
  const item = { stop, at: Date.now() };
  item.answer = get(url, "ahead", stop.signal).catch(() => null);
  item.answer.then((answer) => {
    item.isThere = true;
    if (!answer?.ok && store.get(url) === item) store.delete(url);
  });
  store.set(url, item);
  for (const [old, { stop: other }] of [...store].slice(0, -MOST)) {
    other.abort();
    store.delete(old);
  }
}

// What was fetched of this address, or is on its way; null when there is nothing, or when it may be out of date.
export async function take(url) {
  const item = store.get(url);
  store.delete(url);
  if (!item || Date.now() - item.at > FRESH_MILLISECONDS) return null;
  const answer = await item.answer;
  return answer?.ok && !item.isVoid ? answer : null;
}

export function near(urls) {
  clearTimeout(resting);
  if (navigator.connection?.saveData) return;
  resting = setTimeout(() => urls.forEach(fetchAhead), SETTLED_MILLISECONDS);
}

// All, or those of some conversations: they say something else by now.
function forget(ids = null) {
  for (const [url, item] of store) {
    if (ids && !ids.some((id) => url.includes(`/c/${id}/`))) continue;
    item.isVoid = true;
    item.stop.abort();
    store.delete(url);
  }
}

export function mount(root) {
  const linkOf = (event) => event.target.closest?.("a, .row")?.querySelector?.(".row__link") ?? event.target.closest?.("a");
  root.addEventListener("pointerover", (event) => {
    const link = event.pointerType === "mouse" && linkOf(event);
    clearTimeout(hovering);
    if (isWorth(link)) hovering = setTimeout(() => fetchAhead(link.href), HOVER_MILLISECONDS);
  });
  root.addEventListener("pointerdown", (event) => {
    const link = linkOf(event);
    clearTimeout(hovering);
    if (!isWorth(link) || event.button) return;
    if (event.pointerType === "mouse") fetchAhead(link.href);
    else hovering = setTimeout(() => fetchAhead(link.href), HOVER_MILLISECONDS);
  });
  root.addEventListener("pointercancel", () => clearTimeout(hovering)); // the finger scrolls
  root.addEventListener("focusin", (event) => {
    clearTimeout(hovering);
    if (isWorth(event.target) && event.target.matches(":focus-visible")) hovering = setTimeout(() => fetchAhead(event.target.href), HOVER_MILLISECONDS);
  });
  // What is sent may change what any page says; news says which.
  root.addEventListener("submit", () => forget(), true);
  root.addEventListener("mail:news", ({ detail }) => forget(detail.everything || detail.arrived.length ? null : detail.conversations));
}
