// frames.js: a letter's frame is as high as the letter. The frame runs no scripts; it shares our origin, so we may look.
const HIGHEST = 60_000;
const SMALLEST = 0.55;
const measured = new WeakSet();

export function mount(root) {
  const find = (within) => within.querySelectorAll("iframe[data-body]").forEach(attend);
  root.addEventListener("mail:placed", (event) => find(event.target));
  root.addEventListener("mail:appearance", () => root.querySelectorAll("iframe[data-body]").forEach(tint));
  root.addEventListener("click", turn);
  find(root);
}

function attend(frame) {
  if (measured.has(frame)) return;
  measured.add(frame);
  frame.addEventListener("load", () => fit(frame));
  if (frame.contentDocument?.readyState === "complete" && frame.contentDocument.getElementById("mail")) fit(frame);
}

function fit(frame) {
  const mail = frame.contentDocument?.getElementById("mail");
  if (!mail) return;
  tint(frame);
  const height = () => {
    const wanted = Math.ceil(mail.getBoundingClientRect().height) + (mail.scrollWidth > frame.clientWidth + 4 ? 18 : 2);
    frame.style.blockSize = `${Math.min(HIGHEST, Math.max(24, wanted))}px`;
  };
  const measure = () => {
    mail.style.zoom = "";
    const width = frame.clientWidth;
    // A letter made for a wide screen is made smaller rather than cut off, but never too small to read: where that
    // would not do, its wide tables scroll, each in a box of its own, and the text around them stays as it is.
    if (width / mail.scrollWidth < SMALLEST) box(mail, width);
    if (mail.scrollWidth > width + 4) mail.style.zoom = String(Math.max(SMALLEST, width / mail.scrollWidth));
    height();
  };
  measure();
  let width = frame.clientWidth;
  new ResizeObserver(() => {
    if (frame.clientWidth !== width) {
      width = frame.clientWidth;
      measure();
    }
  }).observe(frame);
  // Pictures that arrive, quotations that open: the letter grows. Nothing in it depends on the frame's height.
  new ResizeObserver(height).observe(mail);
  for (const image of mail.querySelectorAll("img")) image.addEventListener("load", measure);
  frame.contentDocument.addEventListener("click", (event) => write(event, frame));
  // Keys pressed in a letter mean what they mean beside it.
  frame.contentDocument.addEventListener("keydown", (event) => {
    const copy = new KeyboardEvent("keydown", { key: event.key, shiftKey: event.shiftKey, ctrlKey: event.ctrlKey, metaKey: event.metaKey, altKey: event.altKey, bubbles: true, cancelable: true });
    if (!frame.dispatchEvent(copy)) event.preventDefault();
  });
}

// Tables that hold no narrower one to scroll instead.
function box(mail, width) {
  const wide = [...mail.querySelectorAll("table")].filter((table) => table.offsetWidth > width + 4);
  for (const table of wide) {
    if (wide.some((inner) => inner !== table && table.contains(inner)) || table.closest(".posthorn-wide")) continue;
    const scroller = mail.ownerDocument.createElement("div");
    scroller.className = "posthorn-wide";
    scroller.tabIndex = 0;
    table.replaceWith(scroller);
    scroller.append(table);
  }
}

// What a letter is printed on follows its toggle, else the theme if the letter stays legible on dark paper.
function tint(frame) {
  const document = frame.contentDocument;
  const page = document?.documentElement;
  if (!page) return;
  page.dataset.theme = frame.ownerDocument.documentElement.dataset.theme;
  if (frame.dataset.paper) page.dataset.paper = frame.dataset.paper;
  let theme = page.dataset.paper === "auto" ? page.dataset.theme : page.dataset.paper;
  if (page.dataset.paper === "auto" && !page.classList.contains("turns")) theme = "light";
  const dark = { dark: "all", light: "not all" }[theme] ?? "(prefers-color-scheme:dark)";
  const light = { dark: "not all", light: "all" }[theme] ?? "(prefers-color-scheme:light)";
  document.getElementById("for-dark")?.setAttribute("media", dark);
  document.getElementById("for-light")?.setAttribute("media", light);
}

function turn(event) {
  const link = event.target.closest?.("a[data-paper]");
  const frame = link?.closest(".ground").nextElementSibling;
  if (!frame || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  event.preventDefault();
  frame.dataset.paper = link.dataset.paper;
  tint(frame);
  for (const other of link.parentElement.children) if (other !== link) other.focus();
}

// A mail address in a letter: the composer opens where it always does, not in a tab of its own.
function write(event, frame) {
  const link = event.target.closest?.("a[href]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  const url = new URL(link.href);
  if (url.origin !== location.origin || !url.pathname.endsWith("/compose/")) return;
  event.preventDefault();
  const ours = frame.ownerDocument.createElement("a");
  ours.href = url.href;
  ours.dataset.compose = "";
  frame.after(ours);
  ours.click();
  ours.remove();
}
