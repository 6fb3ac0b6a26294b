// compose.js — links to /compose/ open a panel over the mailbox; the letter's own code is loaded with the first one.
// Without this module they lead to a page.
import { fragment } from "./html.js";
import { bare, base, get, post } from "./http.js";
import { say, toast } from "./toast.js";

export function mount(root) {
  root.addEventListener("click", (event) => {
    const link = event.target.closest("a[href]");
    if (!link || event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey) return;
    const url = new URL(link.href);
    if (url.origin !== location.origin || !bare(url.pathname).startsWith("/compose/") || link.target) return;
    if (url.pathname.includes("/files/") || root.querySelector(".main--writing")) return;
    event.preventDefault();
    open(url.pathname + url.search, link);
  });
  root.addEventListener("submit", (event) => {
    if (event.target.matches("form[data-undo-send]")) undo(event);
  });
  const page = root.querySelector(".main--writing");
  if (page) write(page, { home: true });
}

export async function open(address, opener = document.activeElement) {
  await close();
  const [answer] = await Promise.all([get(address), styled()]);
  if (!answer.ok || !answer.html.includes("data-letter")) return location.assign(address);
  const dock = document.createElement("section");
  dock.className = "dock";
  dock.id = "composer";
  dock.opener = opener;
  dock.append(fragment(answer.html));
  document.body.append(dock);
  await write(dock);
}

async function write(place, { home = false } = {}) {
  const { mount: mountLetter } = await import("./letter.js");
  const leave = () => {
    if (home) return location.assign(`${base}/`);
    const opener = place.opener;
    place.remove();
    if (opener?.isConnected) opener.focus();
  };
  mountLetter(place, {
    onGone: leave,
    onSent: (told) => {
      leave();
      toast(told.toast);
      document.dispatchEvent(new CustomEvent("mail:changed", { detail: { conversations: [], source: told.source } }));
    },
  });
}

// Another letter is opened: the one in the dock is kept as a draft.
async function close() {
  const dock = document.getElementById("composer");
  if (!dock) return;
  const { of } = await import("./letter.js");
  await of(dock.querySelector("form"))?.close();
  dock.remove();
}

async function undo(event) {
  event.preventDefault();
  event.stopImmediatePropagation();
  const form = event.target;
  const answer = await post(form.action, new FormData(form));
  const told = JSON.parse(answer.html || "{}");
  form.closest(".toast").remove();
  if (told.open) {
    document.dispatchEvent(new CustomEvent("mail:changed", { detail: { conversations: [] } }));
    await open(told.open);
  } else if (told.problem) {
    say(told.problem, "warning");
  }
}

function styled() {
  const place = document.querySelector("[data-compose-css]")?.dataset.composeCss;
  if (!place || document.querySelector(`link[href="${place}"]`)) return;
  return new Promise((done) => {
    const link = Object.assign(document.createElement("link"), { rel: "stylesheet", href: place });
    link.addEventListener("load", done);
    link.addEventListener("error", done);
    document.head.append(link);
  });
}
