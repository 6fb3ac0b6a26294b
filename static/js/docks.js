// docks.js — letters in panels over the mailbox, several side by side; each can be folded down to its title, fill the
// screen, or move to a window of its own.
import { fragment } from "./html.js";
import { get, post } from "./http.js";
import { say, toast } from "./toast.js";

const WINDOW = "popup=1,width=820,height=820";
const ROOM = 420; // px that an open panel needs at least
const NARROW = "(width < 40rem)";

document.addEventListener("click", (event) => {
  const button = event.target.closest(".dock .letter__bar button, .dock--small .letter__bar");
  if (button) arranged(event, button);
});

export function openWindow(url) {
  url.searchParams.set("popup", "1");
  window.open(url, "_blank", WINDOW);
}

export async function open(address, opener = document.activeElement) {
  const [answer] = await Promise.all([get(address), styled()]);
  if (!answer.ok || !answer.html.includes("data-letter")) return location.assign(address);
  const content = fragment(answer.html);
  const number = content.querySelector("form[data-letter]").dataset.letter;
  const present = document.querySelector(`.dock form[data-letter="${number}"]`)?.closest(".dock");
  if (present) return unfold(present);
  const dock = document.createElement("section");
  dock.className = "dock";
  dock.opener = opener;
  dock.addEventListener("focusin", () => name(dock));
  name(dock);
  dock.append(content);
  docks().append(dock);
  makeRoom(dock);
  await write(dock);
}

// The keys of the composer mean the letter that was written in last.
function name(dock) {
  const named = document.getElementById("composer");
  if (named === dock) return;
  named?.removeAttribute("id");
  dock.id = "composer";
}

function docks() {
  const present = document.getElementById("docks");
  if (present) return present;
  const made = document.createElement("div");
  made.id = "docks";
  made.className = "docks";
  document.body.append(made);
  return made;
}

export async function write(place, { home = false } = {}) {
  const { mount: mountLetter } = await import("./letter.js");
  const isPopup = home && new URLSearchParams(location.search).has("popup");
  const leave = () => {
    if (isPopup) return window.close();
    if (home) return location.assign(place.querySelector("form[data-letter]").dataset.home);
    const { opener } = place;
    place.remove();
    const next = [...document.querySelectorAll(".dock:not(.dock--small)")].at(-1);
    if (next) name(next);
    if (opener?.isConnected) opener.focus();
    else next?.querySelector("input:not([type=hidden])")?.focus();
  };
  const reload = async () => {
    if (home) return location.reload();
    const { page } = place.querySelector("form[data-letter]").dataset;
    const answer = await get(page);
    place.replaceChildren(fragment(answer.html));
    await write(place);
  };
  mountLetter(place, {
    onGone: leave,
    onReload: reload,
    onOpen: (address) => {
      if (home) return location.assign(address);
      place.remove();
      return open(address, place.opener);
    },
    onSent: (told) => {
      if (isPopup) new BroadcastChannel("sent").postMessage(told);
      else if (home) sessionStorage.setItem("sent", JSON.stringify(told)); // said, with its way back, where one lands
      leave();
      if (!home) sent(told);
    },
  });
}

export function sent(told) {
  if (told.toast) toast(told.toast);
  document.dispatchEvent(new CustomEvent("mail:changed", { detail: { conversations: [], source: told.source } }));
}

// --- panels ---

async function arranged(event, button) {
  const dock = button.closest(".dock");
  const kind = button.dataset.do;
  if (dock.classList.contains("dock--small") && kind !== "close" && kind !== "page" && kind !== "full") {
    event.preventDefault();
    return unfold(dock);
  }
  if (kind === "small") fold(dock);
  if (kind === "full") fill(dock, !dock.classList.contains("dock--full"));
  if (kind === "page") await moveOut(dock);
}

function fold(dock) {
  fill(dock, false);
  shape(dock, true);
  dock.querySelector("[data-do=small]").focus();
}

function unfold(dock) {
  shape(dock, false);
  makeRoom(dock);
  dock.querySelector(".letter__rich[contenteditable], .letter__text:not([hidden])")?.focus();
}

function shape(dock, isSmall) {
  dock.classList.toggle("dock--small", isSmall);
  dock.querySelector("[data-do=small]").setAttribute("aria-expanded", String(!isSmall));
  for (const part of dock.querySelectorAll(".letter__sheet, .letter__tools, .letter__foot")) part.inert = isSmall;
}

function fill(dock, isFull) {
  if (isFull) shape(dock, false);
  dock.classList.toggle("dock--full", isFull);
  dock.querySelector("[data-do=full]").setAttribute("aria-pressed", String(isFull));
}

// The oldest panels fold down when there is not room for all.
function makeRoom(newest) {
  const most = matchMedia(NARROW).matches ? 1 : Math.max(1, Math.floor(innerWidth / ROOM));
  const opened = [...document.querySelectorAll(".dock:not(.dock--small)")].filter((dock) => dock !== newest);
  for (const dock of opened) fill(dock, false);
  opened.slice(0, Math.max(0, opened.length + 1 - most)).forEach((dock) => shape(dock, true));
}

async function moveOut(dock) {
  const form = dock.querySelector("form[data-letter]");
  const { of } = await import("./letter.js");
  const { page } = form.dataset;
  const letter = of(form);
  await letter.save("close");
  if (letter.isTroubled && letter.isChanged) return;
  letter.stop();
  dock.remove();
  openWindow(new URL(page, location.href));
}

export async function undo(form) {
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

export function styled() {
  const place = document.querySelector("[data-compose-css]")?.dataset.composeCss;
  if (!place || document.querySelector(`link[href="${place}"]`)) return;
  return new Promise((done) => {
    const link = Object.assign(document.createElement("link"), { rel: "stylesheet", href: place });
    link.addEventListener("load", done);
    link.addEventListener("error", done);
    document.head.append(link);
  });
}
