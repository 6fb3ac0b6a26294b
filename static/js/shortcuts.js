// shortcuts.js: Gmail's keys. A key presses the button or follows the link that is on the page anyway.
import { choose } from "./selection.js";
import { close, current, openRow } from "./reading.js";
import { rows } from "./rows.js";

const FOLDERS = { i: "INBOX", t: "\\Sent", d: "\\Drafts", a: "\\Archive", "!": "\\Junk", "#": "\\Trash" };
let prefix = "";
let expires = 0;

const find = (selector) => document.querySelector(selector);
const press = (selector) => find(selector)?.click();
const chosen = () => find(".row__tick:checked");
const cursor = () => find(".row--cursor") ?? find(".row--open");

function move(step) {
  const all = rows();
  const next = all[all.indexOf(cursor()) + step] ?? (cursor() ? null : all[0]);
  if (!next) return;
  if (current() && document.documentElement.dataset.pane !== "none") {
    openRow(next);
    return;
  }
  for (const item of all) item.classList.toggle("row--cursor", item === next);
  next.scrollIntoView({ block: "nearest" });
  next.querySelector(".row__link").focus({ preventScroll: true });
}

function message(step) {
  const all = [...document.querySelectorAll("[data-message]")];
  const at = all.findIndex((item) => item.contains(document.activeElement));
  const next = all.at(at < 0 ? (step > 0 ? 0 : -1) : Math.min(all.length - 1, Math.max(0, at + step)));
  next?.scrollIntoView({ block: "nearest" });
  (next?.querySelector(".message__reveal") ?? next)?.focus();
}

// A deed on what is chosen, or on what is open, or on the row under the cursor.
function act(...values) {
  const selector = (place) => values.map((value) => `${place} [name=action][value="${value}"]`).join(", ");
  if (!chosen() && !current() && cursor()) cursor().querySelector(".row__tick").checked = true;
  press(chosen() ? selector(".list__actions") : selector(".reading__form"));
}

function tick() {
  const box = cursor()?.querySelector(".row__tick");
  box?.click();
}

function menu() {
  if (!chosen() && !current() && cursor()) cursor().querySelector(".row__tick").checked = true;
  const details = find(chosen() ? ".list__actions [data-move]" : ".reading__form [data-move]");
  if (!details) return;
  details.open = true;
  details.querySelector(".menu__item")?.focus();
}

function answer(kind) {
  const last = [...document.querySelectorAll(`[data-answer="${kind}"]`)].at(-1);
  if (last) last.click();
  else if (kind === "reply-all") answer("reply");
}

const KEYS = {
  j: () => move(1),
  k: () => move(-1),
  n: () => message(1),
  p: () => message(-1),
  o: () => (document.activeElement?.matches(".message__reveal") ? document.activeElement.click() : cursor() && openRow(cursor())),
  u: () => current() && close(),
  e: () => act("archive"),
  y: () => act("archive"),
  "#": () => act("delete", "delete-for-ever"),
  Delete: () => act("delete", "delete-for-ever"),
  "!": () => act("spam", "not-spam"),
  I: () => act("read"),
  U: () => act("unread"),
  v: menu,
  s: () => (current() ? press(".message:last-of-type .star") : cursor()?.querySelector(".star")?.click()),
  x: tick,
  z: () => press(".toast__undo"),
  r: () => answer("reply"),
  a: () => answer("reply-all"),
  f: () => answer("forward"),
  c: () => press(".rail__write"),
  "/": () => find(".seek__input")?.select(),
  "?": () => find("#shortcuts")?.showModal(),
  Escape: () => (chosen() ? choose(() => false) : current() && close()),
};

const PREFIXED = {
  g: (key) => (key === "s" ? press("[data-go=starred]") : press(`[data-use="${CSS.escape(FOLDERS[key] ?? "")}"]`)),
  "*": (key) => {
    if (key === "a") choose(() => true);
    if (key === "n") choose(() => false);
    if (key === "u") choose((box) => box.closest(".row").classList.contains("row--unread"));
    if (key === "r") choose((box) => !box.closest(".row").classList.contains("row--unread"));
  },
};

export function mount(root) {
  root.addEventListener("keydown", (event) => {
    const typing = event.target.closest?.("input:not([type=checkbox]), textarea, select, [contenteditable=''], [contenteditable=true]");
    if (typing || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) {
      if (typing && event.key === "Escape" && typing.matches(".seek__input")) typing.blur();
      return;
    }
    if (find("dialog[open], :popover-open") || event.target.closest?.(".menu__panel")) return;
    if (prefix && event.timeStamp < expires) {
      const deed = PREFIXED[prefix];
      prefix = "";
      deed(event.key);
      event.preventDefault();
      return;
    }
    if (event.key in PREFIXED) {
      [prefix, expires] = [event.key, event.timeStamp + 1500];
      return;
    }
    const deed = KEYS[event.key];
    if (!deed) return;
    event.preventDefault();
    deed();
  });
}

