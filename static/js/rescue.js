// rescue.js — letters whose tab died with words that the server never got: the mailbox offers them, each by its subject.
// Loaded where the browser holds such words and no other window is writing them (see letter_copy.js).
import { styled } from "./docks.js";
import { fragment } from "./html.js";
import { base, get, post } from "./http.js";
import { Copy, kept, served, sure } from "./letter_copy.js";
import { isAlive } from "./letter_windows.js";
import { word } from "./words.js";

const ACCOUNT = 2 ** 32; // a draft's number begins with its account's

export async function offer(open) {
  const account = Number(base.slice("/u/".length) || document.querySelector(".shell").dataset.who);
  const mine = kept().filter(({ number }) => Math.floor(Number(number) / ACCOUNT) === account);
  const items = (await Promise.all(mine.map(found))).filter(Boolean);
  if (!items.length) return;
  await styled();
  show(items, open);
}

// Only words that are nowhere else; what the server has after all is forgotten.
async function found({ number, typed, at }) {
  const page = `${base}/compose/${number}/`;
  if (await isAlive(number)) return null;
  const answer = await get(page).catch(() => null);
  if (!answer || answer.status >= 500) return null; // another time
  const form = answer.ok && fragment(answer.html).querySelector("form[data-letter]");
  const copy = new Copy(number);
  const isThere = form ? copy.found(served(form), form.elements.based_on.value)?.is === "same" : answer.status === 409 && sure(number);
  if (isThere) return void copy.forget();
  return { page, copy, typed, at, isGone: !form };
}

function show(items, open) {
  const list = document.createElement("ul");
  list.className = "rescue__letters";
  for (const item of items) list.append(line(item, open, list));
  const box = document.createElement("section");
  box.className = "rescue";
  box.setAttribute("role", "status");
  box.append(Object.assign(document.createElement("p"), { textContent: word("rescue") }), list);
  document.body.append(box);
}

function line(item, open, list) {
  const time = new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "short", timeStyle: "short" }).format(item.at);
  const link = Object.assign(document.createElement("a"), { href: item.page, className: "rescue__open" });
  const subject = document.createElement("bdi");
  subject.textContent = item.typed.subject.trim() || word("rescue-untitled");
  link.append(subject, ` · ${time}`);
  const drop = Object.assign(document.createElement("button"), { type: "button", className: "icon-button", textContent: "✕" });
  drop.setAttribute("aria-label", word("rescue-drop", { subject: subject.textContent }));
  const row = document.createElement("li");
  row.append(link, drop);
  const done = () => (list.children.length > 1 ? row : list.parentElement).remove();
  link.addEventListener("click", async (event) => {
    event.preventDefault();
    const place = item.isGone ? await anew(item) : item.page;
    if (!place) return;
    done();
    open(place, link);
  });
  drop.addEventListener("click", () => {
    item.copy.forget();
    done();
  });
  return row;
}

// The draft went meanwhile, its words did not: they begin a new one.
async function anew({ copy, typed }) {
  const data = new FormData();
  for (const [name, value] of Object.entries(typed)) data.set(name, value);
  const answer = await post(`${base}/compose/`, data).catch(() => null);
  if (!answer?.ok) return "";
  copy.forget();
  return JSON.parse(answer.html).open;
}
