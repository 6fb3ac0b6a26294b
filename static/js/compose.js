// compose.js — links to /compose/ open a panel over the mailbox, forms that take a sent letter back open it again, and a
// sender's wish for a receipt is answered in place. The code for each comes when it is needed (docks.js, receipts.js).
// Without this module the links and forms lead to pages.
import { bare } from "./http.js";
import { isOffline, write } from "./offline.js";

const docks = () => import("./docks.js");

export function mount(root) {
  root.addEventListener("click", (event) => {
    const link = event.target.closest("a[href]");
    if (link && !event.defaultPrevented && !event.button) followed(event, link, root);
  });
  root.addEventListener("submit", (event) => {
    if (!event.target.matches("form[data-undo-send]")) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    docks().then(({ undo }) => undo(event.target));
  });
  const page = root.querySelector(".main--writing");
  if (page) docks().then(({ write }) => write(page, { home: true }));
  else new BroadcastChannel("sent").onmessage = ({ data }) => docks().then(({ sent }) => sent(data)); // by a window of its own
  const told = !page && sessionStorage.getItem("sent");
  if (told) {
    sessionStorage.removeItem("sent");
    docks().then(({ sent }) => sent(JSON.parse(told)));
  }
  if (!page && navigator.onLine && Object.keys(localStorage).some((key) => key.startsWith("letter "))) {
    import("./rescue.js").then(({ offer }) => offer(open));
  }
  root.addEventListener("mail:placed", (event) => receipts(event.target));
  receipts(root);
}

export const open = async (address, opener) => (isOffline() ? write(address) : (await docks()).open(address, opener));

function followed(event, link, root) {
  const url = new URL(link.href);
  const isLetter = url.origin === location.origin && bare(url.pathname).startsWith("/compose/") && !link.target;
  if (!isLetter || url.pathname.includes("/files/") || root.querySelector(".main--writing")) return;
  if (event.metaKey || event.ctrlKey) return;
  event.preventDefault();
  if (event.shiftKey) docks().then(({ openWindow }) => openWindow(url));
  else open(url.pathname + url.search, link);
}

function receipts(root) {
  if (root.querySelector("form[data-receipt]")) import("./receipts.js").then(({ now }) => now(root));
}
