// reading.js: opens conversations beside the list (or, on a phone, over it) and keeps the address bar true.
import { fragment, set } from "./html.js";
import { near, take } from "./ahead.js";
import { base, bare, get, post } from "./http.js";
import { row, rows } from "./rows.js";

const pane = () => document.getElementById("reading");
const main = () => document.getElementById("main");
let asked = 0;

export const current = () => document.querySelector("[data-thread]")?.dataset.thread ?? "";
export const openRow = (item) => open(item.querySelector(".row__link").href);

export async function open(url, { push = true, focus = true } = {}) {
  const number = ++asked;
  const id = bare(new URL(url, location.href).pathname).match(/^\/c\/(\d+)\//)?.[1];
  mark(id);
  const ready = await take(url);
  const answer = ready ?? (await get(url));
  if (number !== asked) return; // another was opened meanwhile
  if (!answer.ok) {
    close();
    return;
  }
  set(pane(), answer.html);
  readLater(id, Boolean(ready));
  main().classList.add("main--reading");
  if (push && location.href !== url) history.pushState({ url }, "", url);
  const target = pane().querySelector(".message--new") ?? pane().querySelector(".message:not(.message--closed):last-of-type");
  const scroll = pane().querySelector("[data-scroll]");
  // The subject stays in sight unless the new message would not.
  if (target && target.offsetTop > scroll.clientHeight * 0.5) target.scrollIntoView({ block: "start" });
  if (focus) pane().querySelector("[data-scroll]")?.focus({ preventScroll: true });
  title(pane().querySelector("#subject")?.textContent);
  const list = rows();
  const at = list.indexOf(row(id));
  const links = [list[at + 1], at > 0 && list[at - 1]].map((item) => item && item.querySelector(".row__link:not([data-compose])"));
  near((at < 0 ? [...pane().querySelectorAll("[data-older], [data-newer]")].reverse() : links).filter(Boolean).map((link) => link.href));
}

// Opening marks as read: the server does that, unless what is shown was fetched ahead, or the reader wants to look at it
// for some seconds first (-1: and then do it by hand).
let patience;
function readLater(id, wasAhead) {
  clearTimeout(patience);
  const after = Number(pane().querySelector("[data-thread]")?.dataset.readAfter ?? 0);
  if (after > 0) patience = setTimeout(() => current() === id && told(id), after * 1000);
  else if (after === 0 && wasAhead) told(id);
  else if (after === 0) row(id)?.classList.remove("row--unread");
}

async function told(id) {
  row(id)?.classList.remove("row--unread");
  const data = new FormData();
  data.append("until", Math.max(...[...pane().querySelectorAll("[data-message]")].map((item) => Number(item.dataset.message))));
  const answer = await post(`${base}/c/${id}/opened/`, data).catch(() => null);
  if (answer?.status === 404 && current() === id) close(); // deleted elsewhere
}

export async function reopen() {
  const id = current();
  const answer = await get(location.href);
  if (!answer.ok || current() !== id) return;
  const scroll = pane().querySelector("[data-scroll]")?.scrollTop ?? 0;
  set(pane(), answer.html);
  pane().querySelector("[data-scroll]").scrollTop = scroll;
}

// New messages of the open conversation, and nothing else of it, so that what is being read stays where it is.
export async function grow() {
  const id = current();
  const answer = await get(location.href);
  if (!answer.ok || current() !== id || !bare(location.pathname).startsWith(`/c/${id}/`)) return;
  const box = pane().querySelector(".thread__list");
  const known = new Set([...box.children].map((item) => item.dataset.message));
  const fresh = [...fragment(answer.html).querySelectorAll("[data-message]")];
  // A draft is another message with every save: the one that is being written is in the composer, not here.
  const here = new Set(fresh.map((item) => item.dataset.message));
  box.querySelectorAll("[data-draft]").forEach((item) => here.has(item.dataset.message) || item.remove());
  const writing = document.getElementById("composer");
  for (const item of fresh) {
    if (!known.has(item.dataset.message) && !(writing && "draft" in item.dataset)) box.append(item);
    else keepTrue(box.querySelector(`[data-message="${item.dataset.message}"]`), item);
  }
  box.dispatchEvent(new CustomEvent("mail:placed", { bubbles: true }));
}

// What may change about a message that is open: where it is on its way, its star.
const CHANGING = ".message__state, .message__time .star";

function keepTrue(old, item) {
  if (!old) return;
  for (const fresh of item.querySelectorAll(CHANGING)) {
    const there = old.querySelector(`.${fresh.classList[0]}`);
    if (there && there.outerHTML !== fresh.outerHTML && !there.contains(document.activeElement)) there.replaceWith(fresh);
    else if (!there && fresh.matches(".message__state")) old.querySelector(".message__head")?.after(fresh);
  }
}

export function close({ push = true } = {}) {
  asked += 1;
  const back = pane()?.querySelector("[data-back]")?.href ?? document.getElementById("list")?.dataset.list;
  main().classList.remove("main--reading");
  mark("");
  pane().querySelector("[data-thread]")?.removeAttribute("data-thread");
  pane().replaceChildren(document.getElementById("nothing-open").content.cloneNode(true));
  if (push && back) history.pushState({}, "", back);
  title(document.getElementById("list-title")?.textContent);
}

function mark(id) {
  for (const item of rows()) item.classList.remove("row--open", "row--cursor");
  const item = id && row(id);
  if (item) {
    item.classList.add("row--open");
    item.scrollIntoView({ block: "nearest" });
  }
}

function title(text) {
  const unread = document.title.match(/^\(\d+\) /)?.[0] ?? "";
  const product = document.title.split(" · ").at(-1);
  document.title = `${unread}${text ?? ""} · ${product}`;
}

async function reveal(link) {
  const answer = await get(link.href);
  if (!answer.ok) return;
  const section = link.closest(".message");
  const fresh = fragment(answer.html).firstElementChild;
  section.replaceWith(fresh);
  fresh.dispatchEvent(new CustomEvent("mail:placed", { bubbles: true }));
  fresh.focus({ preventScroll: true });
}

export function mount(root) {
  root.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    const link = event.target.closest?.("a");
    if (!link) return;
    if (link.matches(".row__link:not([data-compose]), [data-newer], [data-older], [data-all]")) open(link.href);
    else if (link.matches("[data-back]")) close();
    else if (link.matches("[data-reveal], [data-show-images]")) reveal(link);
    else return;
    event.preventDefault();
  });
  root.addEventListener("submit", async (event) => {
    const form = event.target.closest("form[data-trust]");
    if (!form) return;
    event.preventDefault();
    await post(form.getAttribute("action"), new FormData(form));
    const link = form.closest("[data-images]").querySelector("[data-show-images]");
    if (link) reveal(link);
  });
  addEventListener("popstate", () => {
    const path = bare(location.pathname);
    if (path.startsWith("/c/")) open(location.href, { push: false });
    else if (path.startsWith("/mail/") || ["/", "/all/", "/search/"].includes(path)) {
      const here = document.getElementById("list")?.dataset.list;
      if (here && new URL(here, location.href).pathname === location.pathname) close({ push: false });
      else location.reload();
    }
  });
  if (current()) readLater(current(), false);
  const found = (within) => within.querySelector?.("[data-needles]") && import("./found.js").then(({ mark }) => mark());
  root.addEventListener("mail:placed", (event) => found(event.target.closest?.("[data-needles]") ? root : event.target));
  found(root);
}
