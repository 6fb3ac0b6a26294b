// context.js: the menus of the right button (and of the menu key, and of Shift+F10) on a row, a folder or a label.
// A row's menu is made of the toolbar's own buttons, with the keys that the reader has.
import { bare, base, get, prefix } from "./http.js";
import { set } from "./html.js";
import { unfold } from "./deeds.js";
import { openRow } from "./reading.js";
import { keyOf } from "./shortcuts.js";
import { count } from "./selection.js";

const LAST = ["label", "move"]; // menus of their own
let open = null;

// Where a menu begins that no pointer asked for: a little into what it is about.
function edge({ left, right, width }) {
  const inward = Math.min(48, width / 2);
  return document.dir === "rtl" ? right - inward : left + inward;
}

function show(menu, event) {
  open?.remove();
  open = menu;
  document.getElementById("main").append(menu); // inside a landmark; drawn above everything all the same
  menu.addEventListener("toggle", (change) => {
    if (change.newState !== "closed") return;
    menu.remove();
    if (open === menu) open = null;
  });
  const before = document.activeElement;
  menu.showPopover();
  const target = event.target.getBoundingClientRect();
  const byKey = event.clientX === 0 && event.clientY === 0;
  const [x, y] = byKey || event.button !== 2 ? [edge(target), target.bottom] : [event.clientX, event.clientY];
  const box = menu.getBoundingClientRect();
  // Away from the pointer as the language reads.
  const left = document.dir === "rtl" ? x - box.width : x;
  menu.style.left = `${Math.max(4, Math.min(left, innerWidth - box.width - 4))}px`;
  menu.style.top = `${Math.max(4, Math.min(y, innerHeight - box.height - 4))}px`;
  menu.querySelector(".menu__item, input")?.focus();
  menu.addEventListener("keydown", (key) => walk(key, menu, before));
}

function walk(event, menu, before) {
  if (event.key === "Escape" || event.key === "Tab") {
    menu.hidePopover();
    if (before?.isConnected) before.focus();
  } else if (["ArrowDown", "ArrowUp", "Home", "End"].includes(event.key) && !event.target.matches("input, select")) {
    const items = [...menu.querySelectorAll(".menu__item")];
    const at = items.indexOf(document.activeElement);
    const next = { ArrowDown: at + 1, ArrowUp: at < 0 ? -1 : at - 1, Home: 0, End: -1 }[event.key];
    items.at(next % items.length)?.focus();
  } else {
    if (menu.matches("[role=menu]")) event.stopPropagation(); // keys mean the menu, not the list
    return;
  }
  event.preventDefault();
  event.stopPropagation();
}

export function ofRow(row, event) {
  const template = document.getElementById("row-menu");
  if (!template) return;
  const menu = template.content.firstElementChild.cloneNode(true);
  if ("compose" in row.querySelector(".row__link").dataset) menu.querySelectorAll("[data-url]").forEach((item) => item.remove());
  const rule = () => menu.append(Object.assign(document.createElement("hr"), { className: "menu__rule" }));
  const buttons = [...document.querySelectorAll(".list__actions [data-do]:not([data-do~=more])")];
  const mine = { star: row.querySelector(".star--on") ? "unstar" : "star", important: row.querySelector(".important--on") ? "unimportant" : "important", read: row.classList.contains("row--unread") ? "read" : "unread" };
  const other = { star: "unstar", unstar: "star", important: "unimportant", unimportant: "important", read: "unread", unread: "read" };
  const wanted = buttons.filter((button) => !(button.dataset.do in other) || Object.values(mine).includes(button.dataset.do));
  const ordered = [...wanted.filter((button) => !LAST.includes(button.dataset.do)), ...wanted.filter((button) => LAST.includes(button.dataset.do))];
  rule();
  for (const button of ordered) {
    if (button.dataset.do === LAST[0]) rule();
    const item = document.createElement("button");
    item.type = "button";
    item.className = "menu__item";
    item.setAttribute("role", "menuitem");
    item.dataset.rowDo = button.dataset.do;
    item.append(button.querySelector("svg").cloneNode(true), ` ${button.getAttribute("aria-label") ?? button.textContent.replace(/\s+[+-]\s*$/, "").trim()}`);
    menu.append(item);
  }
  for (const item of menu.querySelectorAll("[data-row-do]")) {
    const key = keyOf(item.dataset.rowDo);
    if (!key) continue;
    item.querySelector("kbd")?.remove();
    item.append(Object.assign(document.createElement("kbd"), { className: "menu__hint", textContent: key }));
  }
  menu.addEventListener("click", (click) => {
    const item = click.target.closest("[data-row-do]");
    if (!item) return;
    menu.hidePopover();
    act(row, item);
  });
  show(menu, event);
}

// On this row alone, unless it is one of those that are ticked.
function act(row, item) {
  const name = item.dataset.rowDo;
  if (name === "open") return openRow(row);
  if (item.dataset.url) {
    const link = document.createElement("a");
    // In a list of all inboxes each row lies in its own account.
    const own = prefix(new URL(row.querySelector(".row__link").href).pathname);
    link.href = own + bare(item.dataset.url).replace("/0/", `/${row.dataset.latest}/`);
    link.dataset.compose = "";
    link.hidden = true;
    row.append(link);
    link.click();
    link.remove();
    return;
  }
  const ticks = [...document.querySelectorAll(".row__tick:checked")];
  const own = row.querySelector(".row__tick");
  if (!own.checked) {
    for (const tick of ticks) tick.checked = false;
    own.checked = true;
    count();
  }
  const button = document.querySelector(`.list__actions [data-do="${name}"]`);
  if (button.matches("summary")) return unfold(button.parentElement);
  button.click();
  if (!LAST.includes(name) && own.isConnected && !button.closest("[data-snooze]")) own.checked = false;
  count();
}

async function fetched(url, event) {
  const answer = await get(url);
  if (!answer.ok) return;
  const menu = document.createElement("div");
  menu.className = "menu__panel context";
  menu.popover = "auto";
  set(menu, answer.html);
  show(menu, event);
}

export function ofFolder(link, event) {
  const next = encodeURIComponent(location.pathname + location.search);
  const kind = link.dataset.folder ? `folders/${link.dataset.folder}` : `label/${link.dataset.tag}`;
  return fetched(`${base}/${kind}/menu/?next=${next}`, event);
}
