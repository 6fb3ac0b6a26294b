// editor.js — formatted text: Squire in a box, with the toolbar of the letter. Loaded when somebody writes, not before.
import { policy } from "./html.js";
import { bare } from "./http.js";
import Squire from "../vendor/squire/squire.js";
import "../vendor/dompurify/purify.min.js";

const CLEAN = {
  RETURN_DOM_FRAGMENT: true,
  TRUSTED_TYPES_POLICY: policy,
  ALLOWED_TAGS: ["a", "b", "blockquote", "br", "code", "div", "em", "h1", "h2", "h3", "hr", "i", "img", "li", "ol", "p",
    "pre", "s", "span", "strong", "sub", "sup", "table", "tbody", "td", "th", "tr", "u", "ul"],
  ALLOWED_ATTR: ["href", "src", "alt", "width", "height", "dir", "title", "colspan", "rowspan"],
  ALLOW_DATA_ATTR: false,
  ALLOW_ARIA_ATTR: false,
};

// Chromium reports handlers and styles to the policy even where they could never run; so they go first.
const BLOCKS = /<(style|script|title|xml)\b[^]*?<\/\1\s*>/gi;
const INLINE = /\s(?:on[a-z]+|style)\s*=/gi;
const tame = (html) => html.replace(BLOCKS, "").replace(/<[a-z][^>]*>/gi, (tag) => tag.replace(INLINE, " gone="));

function clean(html) {
  const found = globalThis.DOMPurify.sanitize(tame(html), CLEAN);
  // Pictures of this letter stay; those from elsewhere could not be shown here, and would tell on its readers.
  for (const image of found.querySelectorAll("img")) {
    if (!bare(image.getAttribute("src") ?? "").startsWith("/compose/")) image.remove();
  }
  return document.importNode(found, true);
}

// Squire's own undo writes HTML as a string; here it becomes nodes first.
class Editor extends Squire {
  _setRawHTML(html) {
    const root = this._root;
    root.replaceChildren(clean(html));
    if (!root.firstChild) root.append(this.createDefaultBlock());
    return this;
  }
}

export function open(box, html, { onInput, onPicture }) {
  box.hidden = false;
  const editor = new Editor(box, { blockTag: "DIV", sanitizeToDOMFragment: clean, didError: () => {} });
  editor.setHTML(html);
  editor.moveCursorToStart();
  editor.addEventListener("input", onInput);
  editor.addEventListener("pasteImage", (event) => {
    for (const item of event.detail.clipboardData.items) {
      if (item.kind === "file" && item.type.startsWith("image/")) onPicture(item.getAsFile());
    }
  });
  return editor;
}

const STYLES = {
  bold: { is: ["B"], on: (e) => e.bold(), off: (e) => e.removeBold() },
  italic: { is: ["I"], on: (e) => e.italic(), off: (e) => e.removeItalic() },
  underline: { is: ["U"], on: (e) => e.underline(), off: (e) => e.removeUnderline() },
  list: { is: ["UL"], on: (e) => e.makeUnorderedList(), off: (e) => e.removeList() },
  numbers: { is: ["OL"], on: (e) => e.makeOrderedList(), off: (e) => e.removeList() },
  quote: { is: ["BLOCKQUOTE"], on: (e) => e.increaseQuoteLevel(), off: (e) => e.decreaseQuoteLevel() },
};

export function toolbar(tools, editor, { askLink, pickPicture }) {
  const buttons = [...tools.querySelectorAll("[data-style]")];
  const isOn = (style) => {
    const path = editor.getPath().split(">").map((step) => step.replace(/[.#[].*/, ""));
    return STYLES[style].is.some((tag) => path.includes(tag) || editor.hasFormat(tag));
  };
  const show = () => {
    for (const button of buttons) {
      if (STYLES[button.dataset.style]) button.setAttribute("aria-pressed", String(isOn(button.dataset.style)));
    }
  };
  editor.addEventListener("pathChange", show);
  editor.addEventListener("select", show);
  tools.addEventListener("mousedown", (event) => event.preventDefault());
  tools.addEventListener("click", async (event) => {
    const style = event.target.closest("[data-style]")?.dataset.style;
    if (!style) return;
    if (style === "link") await link(editor, askLink);
    else if (style === "picture") pickPicture();
    else STYLES[style][isOn(style) ? "off" : "on"](editor);
    show();
  });
  editor.setKeyHandler("Ctrl-k", (_, event) => {
    event.preventDefault();
    link(editor, askLink);
  });
  arrows(tools, buttons);
  show();
}

async function link(editor, askLink) {
  const present = editor.hasFormat("A") ? editor.getSelection().commonAncestorContainer.parentElement?.closest("a")?.href : "";
  const chosen = await askLink(present ?? "");
  if (chosen === null) return;
  if (!chosen) editor.removeLink();
  else editor.makeLink(/^[a-z][a-z0-9+.-]*:/i.test(chosen) ? chosen : `https://${chosen}`);
  editor.focus();
}

// One Tab stop for the whole bar; the arrows move within it.
function arrows(tools, buttons) {
  buttons.forEach((button, n) => (button.tabIndex = n ? -1 : 0));
  tools.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const now = buttons.indexOf(document.activeElement);
    const next = buttons[(now + step + buttons.length) % buttons.length];
    buttons.forEach((button) => (button.tabIndex = button === next ? 0 : -1));
    next.focus();
  });
}
