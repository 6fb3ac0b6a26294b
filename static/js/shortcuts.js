// shortcuts.js: from a key to the name of a deed. The page carries the reader's table (webmail/shortcuts.py); nothing
// happens while one types, except for keys with Ctrl, and never in the middle of composing a character.
import { set } from "./html.js";
import { get } from "./http.js";
import { on, press, run, unfold } from "./deeds.js";
import { GMAIL } from "./keys.js";
import { choose } from "./selection.js";
import { close, current, openRow } from "./reading.js";
import { reload, rows } from "./rows.js";

const SECONDS = 1.5; // between the keys of "g i"
const FOLDERS = { inbox: "INBOX", sent: "\\Sent", drafts: "\\Drafts", archive: "\\Archive", spam: "\\Junk", trash: "\\Trash", snoozed: "\\Snoozed" };
const TYPING = "input:not([type=checkbox], [type=radio], [type=button], [type=submit]), textarea, select, [contenteditable=''], [contenteditable=true]";
// Where a keyboard writes no Latin letters, the place of the key counts.
const PLACES = { Slash: "/?", Semicolon: ";:", BracketLeft: "[{", BracketRight: "]}", Period: ".>", Comma: ",<", Minus: "-_", Equal: "=+", Backquote: "`~", Digit1: "1!", Digit3: "3#", Digit8: "8*" };

let table = {};
let starts = new Set();
let before = "";
let expires = 0;

const find = (selector) => document.querySelector(selector);
const all = (selector) => [...document.querySelectorAll(selector)];
const click = (selector) => (find(selector)?.click(), Boolean(find(selector)));
const chosen = () => find(".row__tick:checked");
const cursor = () => find(".row--cursor") ?? find(".row--open");
const reading = () => current() && find("#reading");

// A key as the table writes it: "j", "I", "#", "Ctrl+Enter", "Shift+F10".
export function named(event) {
  let key = event.key;
  if (key.length === 1 && key > "\x7f") {
    const letter = event.code.match(/^Key([A-Z])$/)?.[1];
    if (letter) key = event.shiftKey ? letter : letter.toLowerCase();
    else if (PLACES[event.code]) key = PLACES[event.code][Number(event.shiftKey)];
  }
  if (key === " ") key = "Space";
  const isAltGr = event.getModifierState?.("AltGraph");
  const isWord = key.length > 1;
  const ctrl = (event.ctrlKey || event.metaKey) && !isAltGr;
  const alt = event.altKey && !isAltGr;
  if (ctrl && event.shiftKey && !isWord) key = key.toUpperCase();
  // With a plain character Shift is in the character.
  return `${ctrl ? "Ctrl+" : ""}${alt ? "Alt+" : ""}${event.shiftKey && (isWord || ctrl || alt) ? "Shift+" : ""}${key}`;
}

// The key that a deed has, for menus that name it.
export const keyOf = (name) => Object.keys(table).find((key) => table[key] === name) ?? "";

function learn(text) {
  table = JSON.parse(text || "{}");
  starts = new Set(Object.keys(table).flatMap((key) => key.split(" ").slice(0, -1).map((_, at, strokes) => strokes.slice(0, at + 1).join(" "))));
}

function pressed(event) {
  if (event.defaultPrevented || event.isComposing || event.keyCode === 229 || ["Dead", "Process", "Shift", "Control", "Alt", "Meta"].includes(event.key)) return;
  const stroke = named(event);
  const typing = event.target.closest?.(TYPING);
  if (typing && stroke === "Escape" && typing.matches(".seek__input")) typing.blur();
  if (typing && !/^(Ctrl|Alt)\+/.test(stroke)) return;
  const dialog = find("dialog[open], :popover-open");
  if (dialog || event.target.closest?.(".menu__panel")) return;
  const key = before && event.timeStamp < expires ? `${before} ${stroke}` : stroke;
  before = "";
  if (starts.has(key)) {
    [before, expires] = [key, event.timeStamp + SECONDS * 1000];
    if (key.length > 1) event.preventDefault();
    return;
  }
  const name = table[key];
  if (!name) return;
  if (typing && !typing.closest("#composer, .main--writing")) return; // Ctrl+A in a search box is the box's
  if (["Enter", "Space"].includes(stroke) && event.target.closest?.("a, button, summary, input")) return;
  if (run(name, event)) event.preventDefault();
}

function move(step) {
  const list = rows();
  const next = list[list.indexOf(cursor()) + step] ?? (cursor() ? null : list[0]);
  if (!next) return false;
  if (current() && document.documentElement.dataset.pane !== "none") return void openRow(next);
  for (const item of list) item.classList.toggle("row--cursor", item === next);
  next.scrollIntoView({ block: "nearest" });
  next.querySelector(".row__link").focus({ preventScroll: true });
}

function message(step) {
  const list = all("[data-message]");
  const at = list.findIndex((item) => item.contains(document.activeElement));
  const next = list.at(at < 0 ? (step > 0 ? 0 : -1) : Math.min(list.length - 1, Math.max(0, at + step)));
  if (!next) return false;
  next.scrollIntoView({ block: "nearest" });
  (next.querySelector(".message__reveal") ?? next).focus();
}

function answer(kind, { apart = false } = {}) {
  const link = all(`[data-answer="${kind}"]`).at(-1) ?? (kind === "reply-all" ? all(`[data-answer="reply"]`).at(-1) : null);
  if (!link) return false;
  if (apart) open(link.href, "_blank", "noopener");
  else link.click();
}

// Archive, and open the neighbour rather than what the list would open by itself.
function archive(step) {
  const list = rows();
  const next = list[list.indexOf(cursor()) + step];
  if (!press("archive")) return false;
  if (next) openRow(next);
}

const isUnread = (box) => box.closest(".row").classList.contains("row--unread");
const isStarred = (box) => Boolean(box.closest(".row").querySelector(".star--on"));
const ticking = (which) => () => (rows().length ? choose(which) : false);
const composer = (selector) => () => click(`:is(#composer, .main--writing) ${selector}`);

const DEEDS = {
  next: () => move(1),
  previous: () => move(-1),
  "message-next": () => message(1),
  "message-previous": () => message(-1),
  open: () => {
    if (document.activeElement?.matches(".message__reveal")) document.activeElement.click();
    else if (cursor()) openRow(cursor());
    else return false;
  },
  back: () => (reading() ? close() : click("[data-back]")),
  close: () => (chosen() ? choose(() => false) : reading() ? close() : false),
  older: () => click("[data-list-older], [data-more] a"),
  newer: () => click("[data-list-newer]"),
  "expand-all": () => click("[data-all]"),
  "collapse-all": () => press("collapse-all"),
  refresh: () => (find("#list") ? void reload() : false),
  toolbar: () => void (find(chosen() ? ".list__actions :is(button, summary)" : ".reading__form :is(button, summary, a)") ?? find(".list__head :is(a, button, input)"))?.focus(),
  search: () => void find(".seek__input")?.select(),
  "go-starred": () => click("[data-go=starred]"),
  "go-contacts": () => click("[data-go=contacts]"),
  "go-settings": () => click("[data-go=settings]"),
  "go-folder": () => (find("#rail")?.matches(":popover-open") || find("#rail")?.offsetParent || find("#rail")?.showPopover(), void find("#rail .folder")?.focus()),
  select: () => (cursor() ? void cursor().querySelector(".row__tick").click() : false),
  "select-all": ticking(() => true),
  "select-none": ticking(() => false),
  "select-read": ticking((box) => !isUnread(box)),
  "select-unread": ticking(isUnread),
  "select-starred": ticking(isStarred),
  "select-unstarred": ticking((box) => !isStarred(box)),
  "archive-next": () => archive(1),
  "archive-previous": () => archive(-1),
  "unread-here": () => {
    const buttons = all(".message [name=action][value=unread]");
    const button = buttons.find((item) => item.closest(".message").contains(document.activeElement)) ?? buttons.at(-1);
    return button ? void button.click() : false;
  },
  star: () => (reading() ? click(".message:last-of-type .star") : (cursor()?.querySelector(".star")?.click(), Boolean(cursor()))),
  more: () => {
    const menu = all(".message .message__menu, .message details.menu").at(-1);
    return menu ? void unfold(menu) : press("more");
  },
  undo: () => click(".toast__undo"),
  compose: () => click("a[data-compose].rail__write"),
  "compose-window": () => void open(find(".rail__write")?.href, "_blank", "noopener"),
  reply: () => answer("reply"),
  "reply-all": () => answer("reply-all"),
  forward: () => answer("forward"),
  "reply-window": () => answer("reply", { apart: true }),
  "reply-all-window": () => answer("reply-all", { apart: true }),
  "forward-window": () => answer("forward", { apart: true }),
  send: composer(".letter__send"),
  "choose-from": () => {
    const field = find(":is(#composer, .main--writing) [name=sender]");
    return field ? void field.focus() : false;
  },
  "add-cc": composer("[data-reveal=cc]"),
  "add-bcc": composer("[data-reveal=bcc]"),
  help: () => void sheet(),
};
for (const [name, use] of Object.entries(FOLDERS)) DEEDS[`go-${name}`] = () => click(`#folders [data-use="${CSS.escape(use)}"]`);

async function sheet() {
  const dialog = find("#shortcuts");
  const answer = await get(dialog.dataset.sheet);
  if (!answer.ok) return;
  set(dialog, answer.html);
  if (!dialog.open) dialog.showModal();
}

// Only what is called like this, and the groups that have something left.
function sift(dialog, text) {
  const wanted = text.trim().toLocaleLowerCase();
  for (const line of dialog.querySelectorAll("[data-keys-line]")) line.hidden = !line.textContent.toLocaleLowerCase().includes(wanted);
  for (const group of dialog.querySelectorAll("[data-keys-group]")) group.hidden = !group.querySelector("[data-keys-line]:not([hidden])");
  dialog.querySelector("[data-sheet-none]").hidden = Boolean(dialog.querySelector("[data-keys-line]:not([hidden])"));
}

export function mount(root) {
  learn(document.getElementById("keys")?.textContent ?? GMAIL);
  for (const [name, deed] of Object.entries(DEEDS)) on(name, deed);
  root.addEventListener("keydown", pressed);
  root.addEventListener("mail:keys", (event) => learn(event.detail));
  // Another tab changed them.
  if ("BroadcastChannel" in window) new BroadcastChannel("keys").onmessage = (event) => learn(event.data);
  for (const button of root.querySelectorAll("[data-help]")) button.hidden = false;
  root.addEventListener("click", (event) => event.target.closest?.("[data-help]") && sheet());
  root.addEventListener("input", (event) => {
    if (event.target.matches?.("[data-sheet-search]")) sift(event.target.closest("dialog"), event.target.value);
  });
}
