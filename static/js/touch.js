// touch.js: a finger on the list. Across a row it does what the reader chose for that direction (data-swipes: along the
// line, against it); down from the top it asks for the list again. Loaded where there is a touch screen. Everything here
// is also in the toolbar of a selection, in the menu of a row (a long press), and on the keyboard.
import { send } from "./act.js";
import { refreshRail } from "./rail.js";
import { reload } from "./rows.js";

const SLOP = 10; // pixels before a finger means anything
const EDGE = 24; // at the edges of the screen it is the system's "back"
const ENOUGH = 0.35; // of the row's width
const FLICK = 0.6; // pixels in a millisecond
const PULL = 64;

let touch = null; // { item, scroller, x, y, at, axis, along, deed }

// What a direction would do to a row: the toolbar's own button, so that it says and does the same.
function deedOf(item, name) {
  const find = (deed) => document.querySelector(`.list__actions [data-do~="${deed}"]`);
  const turned = {
    read: item.classList.contains("row--unread") ? "read" : "unread",
    star: item.querySelector(".star--on") ? "unstar" : "star",
  }[name];
  const button = name && name !== "nothing" ? find(turned ?? name) : null;
  return button && { name, button, leaves: ["archive", "delete"].includes(name) };
}

function along(item, distance) {
  const [on, back] = (document.getElementById("list").dataset.swipes ?? "").split(" ");
  const forwards = document.documentElement.dir === "rtl" ? distance < 0 : distance > 0;
  return deedOf(item, forwards ? on : back);
}

function label(item, { name, button }, distance) {
  item.querySelector(".row__deed")?.remove();
  const box = document.createElement("span");
  box.className = `row__deed row__deed--${name}`;
  box.setAttribute("aria-hidden", "true");
  const text = button.getAttribute("aria-label") ?? button.firstChild.nextSibling?.textContent ?? button.textContent;
  box.append(button.querySelector("svg").cloneNode(true), text.trim());
  item.append(box);
  item.classList.add("row--swiped");
  item.classList.toggle("row--swiped-left", distance < 0);
}

function settle(item) {
  item.classList.remove("row--held", "row--armed");
  item.style.setProperty("--swipe", "0px");
  const done = () => {
    item.classList.remove("row--swiped", "row--swiped-left");
    item.querySelector(".row__deed")?.remove();
    item.style.removeProperty("--swipe");
  };
  if (matchMedia("(prefers-reduced-motion: reduce)").matches) done();
  else setTimeout(() => touch?.item === item || done(), 200);
}

async function perform(item, { name, button, leaves }) {
  const id = item.dataset.conversation;
  if (name === "snooze") return (await import("./later.js")).open(button, id);
  const data = new FormData(button.form);
  for (const field of ["conversation", "label", "new_label", "all"]) data.delete(field);
  data.append("conversation", id);
  data.append(button.name, button.value);
  if (leaves) {
    item.querySelector(".row__tick").checked = false;
    item.classList.add("row--gone");
  }
  await send(button.form.getAttribute("action"), data, [id]);
}

function begin(event) {
  if (touch?.axis) return;
  const [finger] = event.touches;
  const scroller = event.target.closest?.("#list .list__scroll");
  touch = null;
  if (!scroller || event.touches.length > 1 || finger.clientX < EDGE || finger.clientX > innerWidth - EDGE) return;
  touch = { item: event.target.closest("#rows > .row"), scroller, x: finger.clientX, y: finger.clientY, at: event.timeStamp, axis: "", deed: null };
}

function move(event) {
  if (!touch) return;
  const [finger] = event.touches;
  const [across, down] = [finger.clientX - touch.x, finger.clientY - touch.y];
  if (!touch.axis) {
    if (Math.abs(across) < SLOP && Math.abs(down) < SLOP) return;
    const isAcross = Math.abs(across) > Math.abs(down) * 1.3 && touch.item;
    touch.axis = isAcross ? "x" : down > 0 && touch.scroller.scrollTop <= 0 ? "pull" : "y";
    if (touch.axis === "x") touch.item.classList.add("row--held");
  }
  if (touch.axis === "y" || !event.cancelable) return void (touch = touch.axis === "y" ? null : touch);
  event.preventDefault();
  if (touch.axis === "pull") return pull(touch.scroller, down);
  const before = touch.across ?? 0;
  if (!touch.deed || Math.sign(before) !== Math.sign(across)) {
    touch.deed = along(touch.item, across);
    if (touch.deed) label(touch.item, touch.deed, across);
    else touch.item.querySelector(".row__deed")?.remove();
  }
  touch.across = across;
  touch.item.style.setProperty("--swipe", `${touch.deed ? across : 0}px`);
  touch.item.classList.toggle("row--armed", isEnough(touch.item, across));
}

const isEnough = (item, across) => Math.abs(across) > item.clientWidth * ENOUGH;

function end(event) {
  if (!touch) return;
  const { item, axis, across = 0, deed, at, scroller } = touch;
  touch = null;
  if (axis === "pull") return release(scroller, event.type === "touchend");
  if (axis !== "x") return;
  const isFlick = Math.abs(across) > 60 && Math.abs(across) / (event.timeStamp - at) > FLICK;
  const does = event.type === "touchend" && deed && (isEnough(item, across) || isFlick);
  settle(item);
  if (does) perform(item, deed);
}

// --- down from the top ---------------------------------------------------------------------------------
function pull(scroller, down) {
  let sign = scroller.querySelector(".pull");
  if (!sign) {
    sign = document.createElement("div");
    sign.className = "pull";
    sign.setAttribute("aria-hidden", "true");
    scroller.prepend(sign);
  }
  const height = Math.min(Math.max(down, 0) / 2, PULL * 1.25);
  sign.style.blockSize = `${height}px`;
  sign.classList.toggle("pull--ready", height >= PULL);
}

async function release(scroller, isMeant) {
  const sign = scroller.querySelector(".pull");
  if (!sign) return;
  const isReady = isMeant && sign.classList.contains("pull--ready");
  sign.classList.toggle("pull--busy", isReady);
  sign.style.blockSize = isReady ? `${PULL}px` : "";
  if (isReady) await Promise.allSettled([reload(), refreshRail()]);
  sign.remove();
}

export function mount(main) {
  main.addEventListener("touchstart", begin, { passive: true });
  main.addEventListener("touchmove", move, { passive: false });
  main.addEventListener("touchend", end);
  main.addEventListener("touchcancel", end);
}
