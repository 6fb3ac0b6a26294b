// letter_copy.js — the browser's own copy of what was typed and is not on the server yet. It outlives the tab, the
// network and the session, and is put back, or offered where the server has changed since.
import { fragment } from "./html.js";

const NAMES = ["sender", "to", "cc", "bcc", "subject", "text", "html", "is_rich"];
const KEPT_DAYS = 30;
const TRIES = 5;
const PREFIX = "letter ";

export class Copy {
  constructor(number) {
    this.place = PREFIX + number;
    this.sent = []; // what the server may have by now, the last of it
    tidy();
  }

  // `trying`: this very text is on its way to the server, whose answer may get lost.
  keep(data, { trying = false } = {}) {
    const typed = Object.fromEntries(NAMES.map((name) => [name, data.get(name) ?? ""]));
    if (trying) this.sent = [...this.sent, gist(typed)].slice(-TRIES);
    const kept = { typed, sent: this.sent, based_on: data.get("based_on"), at: Date.now() };
    try {
      localStorage.setItem(this.place, JSON.stringify(kept));
    } catch {
      return; // no room, or not allowed: the window itself still has it
    }
  }

  forget() {
    this.sent = [];
    localStorage.removeItem(this.place);
  }

  // What there is, and how it stands to what the server has: "same", "newer" (nobody else wrote since), or "other".
  found(server, revision) {
    const kept = parsed(localStorage.getItem(this.place));
    if (!kept?.typed) return null;
    const mine = gist(kept.typed);
    const theirs = gist(server);
    if (mine === theirs) return { ...kept, is: "same" };
    return { ...kept, is: kept.based_on === revision || kept.sent.includes(theirs) ? "newer" : "other" };
  }
}

// Every copy this browser holds: what was typed into which letter, and when.
export function kept() {
  const all = Object.keys(localStorage).filter((key) => key.startsWith(PREFIX));
  return all.flatMap((key) => {
    const { typed, at } = parsed(localStorage.getItem(key)) ?? {};
    return typed ? [{ number: key.slice(PREFIX.length), typed, at }] : [];
  });
}

// Whether the very last words were on their way when the window died; where a letter went, they went along.
export function sure(number) {
  const { typed, sent } = parsed(localStorage.getItem(PREFIX + number)) ?? {};
  return typed !== undefined && sent.at(-1) === gist(typed);
}

// What the server's form holds, under the names of a copy.
export function served(form) {
  const names = ["sender", "to", "cc", "bcc", "subject", "text", "html"];
  const values = Object.fromEntries(names.map((name) => [name, form.elements[name]?.value ?? ""]));
  return { ...values, is_rich: form.querySelector(".letter__rich").dataset.rich === "yes" ? "on" : "" };
}

// A text by its words: the server tidies markup up.
function gist(typed) {
  const text = typed.is_rich && typed.html ? words(typed.html) : typed.text;
  const squeezed = (value) => (value ?? "").replace(/[\s\u200b]+/g, "");
  return ["to", "cc", "bcc", "subject"].map((name) => squeezed(typed[name])).concat(squeezed(text)).join("|");
}

function words(html) {
  const box = document.createElement("textarea"); // reads entities, and nothing in it can run
  box.append(fragment(html.replace(/<[^>]*>/g, " ")));
  return box.textContent;
}

function tidy() {
  const oldest = Date.now() - KEPT_DAYS * 86400e3;
  for (const key of Object.keys(localStorage)) {
    if (key.startsWith(PREFIX) && !(parsed(localStorage.getItem(key))?.at > oldest)) localStorage.removeItem(key);
  }
}

function parsed(text) {
  try {
    return JSON.parse(text ?? "null");
  } catch {
    return null;
  }
}
