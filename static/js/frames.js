// frames.js: a letter's frame is as high as the letter. The frame runs no scripts; it shares our origin, so we may look.
const HIGHEST = 60_000;
const measured = new WeakSet();

export function mount(root) {
  const find = (within) => within.querySelectorAll("iframe[data-body]").forEach(attend);
  root.addEventListener("mail:placed", (event) => find(event.target));
  root.addEventListener("mail:appearance", () => root.querySelectorAll("iframe[data-body]").forEach(tint));
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
  const measure = () => {
    mail.style.zoom = "";
    const width = frame.clientWidth;
    // A letter made for a wide screen is made smaller rather than cut off, but never too small to read.
    if (mail.scrollWidth > width + 4) mail.style.zoom = String(Math.max(0.55, width / mail.scrollWidth));
    const height = Math.ceil(mail.getBoundingClientRect().height) + (mail.scrollWidth > width + 4 ? 18 : 2);
    frame.style.blockSize = `${Math.min(HIGHEST, Math.max(24, height))}px`;
  };
  measure();
  let width = 0;
  new ResizeObserver(() => {
    if (frame.clientWidth !== width) {
      width = frame.clientWidth;
      measure();
    }
  }).observe(frame);
  for (const image of mail.querySelectorAll("img")) image.addEventListener("load", measure);
  for (const quote of mail.querySelectorAll("details")) quote.addEventListener("toggle", measure);
  // Keys pressed in a letter mean what they mean beside it.
  frame.contentDocument.addEventListener("keydown", (event) => {
    const copy = new KeyboardEvent("keydown", { key: event.key, shiftKey: event.shiftKey, ctrlKey: event.ctrlKey, metaKey: event.metaKey, altKey: event.altKey, bubbles: true, cancelable: true });
    if (!frame.dispatchEvent(copy)) event.preventDefault();
  });
}

function tint(frame) {
  const page = frame.contentDocument?.documentElement;
  if (page) page.dataset.theme = document.documentElement.dataset.theme;
}
