// offline.js: says when there is no connection, and starts the service worker once the page has settled. Signing out,
// or a page without somebody signed in, clears what was kept on this device.
import { policy } from "./html.js";
import { open } from "./reading.js";
import { say } from "./toast.js";
import { counted, word } from "./words.js";

const SETTLED_MILLISECONDS = 6000;
const canKeep = "serviceWorker" in navigator && "caches" in window && window.isSecureContext;

export async function forget() {
  if (!canKeep) return;
  for (const name of await caches.keys()) if (name.startsWith("kept ")) await caches.delete(name);
}

export function banner(waiting = 0) {
  let bar = document.querySelector(".offline");
  const isOffline = !navigator.onLine;
  if (!isOffline && !waiting) return bar?.remove();
  if (!bar) {
    bar = document.createElement("p");
    bar.className = "offline";
    bar.setAttribute("role", "status");
    document.body.append(bar);
  }
  bar.textContent = [isOffline ? word("offline") : "", waiting ? counted("outbox", waiting) : ""].filter(Boolean).join(" ");
}

const outbox = () => import("./outbox.js");

async function changed() {
  if (!canKeep) return banner();
  const { deliver, waiting } = await outbox().catch(() => ({}));
  banner(waiting ? await waiting() : 0);
  if (navigator.onLine && deliver) await deliver();
}

async function start(shell) {
  await navigator.serviceWorker.register(policy.createScriptURL("/worker.js"));
  await navigator.serviceWorker.ready; // what is kept is of no use before somebody can answer with it
  const { keep } = await import("./keeping.js");
  await keep(shell.dataset.who).catch(() => {}); // the connection went away: the next page goes on
  if (localStorage.getItem("outbox")) await changed();
}

// Before the form goes: the server also says Clear-Site-Data, which not every browser and no plain HTTP knows.
async function signOut(event) {
  const form = event.target.closest?.("form[data-sign-out]");
  if (!form || !canKeep || form.dataset.cleared) return;
  event.preventDefault();
  if (localStorage.getItem("outbox")) {
    const { waiting, empty } = await outbox();
    const count = await waiting();
    if (count && !window.confirm(counted("outbox-lost", count))) return;
    await empty();
  }
  await forget();
  if (!navigator.onLine) return say(word("sign-out-offline"), "warning");
  form.dataset.cleared = "1";
  form.requestSubmit();
}

export function mount(root) {
  const shell = root.querySelector(".shell");
  if (!shell) return void (root.querySelector("form[action='/login/']") && forget());
  addEventListener("offline", changed);
  addEventListener("online", () => (say(word("online"), "success"), changed()));
  root.addEventListener("submit", signOut, true);
  root.addEventListener("mail:not-kept", () => say(word("not-kept"), "warning"));
  if (!navigator.onLine) {
    banner();
    // The worker answered with the inbox; what was asked for is opened over it.
    if (location.pathname.startsWith("/c/") && root.querySelector("#reading")) open(location.href, { push: false });
  }
  if (canKeep) setTimeout(() => requestIdleCallback?.(() => start(shell).catch(() => {})), SETTLED_MILLISECONDS);
}

// "Write" without a connection: a letter that waits in the outbox.
export const isOffline = () => canKeep && !navigator.onLine;
export const write = async (address) => (await outbox()).write(address);
export const queue = async (letter) => {
  const box = await outbox();
  await box.queue(letter);
  banner(await box.waiting());
};
