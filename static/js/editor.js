// editor.js — formatted text: Squire in a box, with the toolbar of the letter. Loaded when somebody writes, not before.
// Formats are tags and old attributes (<font color>, align), never styles: our own policy would stop those, and every
// program that shows mail knows these.
import { policy } from "./html.js";
import Squire from "../vendor/squire/squire.js";
import "../vendor/dompurify/purify.min.js";

const CLEAN = {
  RETURN_DOM_FRAGMENT: true,
  TRUSTED_TYPES_POLICY: policy,
  ALLOWED_TAGS: ["a", "b", "blockquote", "br", "code", "div", "em", "font", "h1", "h2", "h3", "hr", "i", "img", "li",
    "mark", "ol", "p", "pre", "s", "span", "strong", "sub", "sup", "table", "tbody", "td", "th", "tr", "u", "ul"],
  ALLOWED_ATTR: ["href", "src", "alt", "width", "height", "dir", "title", "colspan", "rowspan", "color", "size", "align",
    "class", "type"],
  ALLOW_DATA_ATTR: false,
  ALLOW_ARIA_ATTR: false,
};
const MOD = /^(Mac|iP)/.test(navigator.platform) ? "Meta-" : "Ctrl-";
const BLOCKS_WITHIN = "div,p,ul,ol,li,blockquote,pre,table,h1,h2,h3";

// Chromium reports handlers and styles to the policy even where they could never run; so they go first.
const BLOCKS = /<(style|script|title|xml)\b[^]*?<\/\1\s*>/gi;
const INLINE = /\s(?:on[a-z]+|style)\s*=/gi;
const tame = (html) => html.replace(BLOCKS, "").replace(/<[a-z][^>]*>/gi, (tag) => tag.replace(INLINE, " gone="));

export function clean(html) {
  const found = globalThis.DOMPurify.sanitize(tame(html), CLEAN);
  // Pictures of this letter stay; those from elsewhere could not be shown here, and would tell on its readers.
  for (const image of found.querySelectorAll("img")) {
    if (!/^(\/u\/\d+)?\/compose\//.test(image.getAttribute("src") ?? "")) image.remove();
  }
  for (const element of found.querySelectorAll("[class]")) {
    if (element.className !== "signature") element.removeAttribute("class");
  }
  for (const font of found.querySelectorAll("font")) font.className = fontClass(font);
  return document.importNode(found, true);
}

// Squire takes neighbours of one class for one element, so each colour and size has its own. The server drops it.
const fontClass = (font) => (font.color ? `tint-${font.color.replace("#", "")}` : `size-${font.size}`);

// What is pasted brings its words, lists, links and emphasis, not the looks of where it was.
function plainer(fragment) {
  for (const element of fragment.querySelectorAll("font, span")) element.replaceWith(...element.childNodes);
  for (const element of fragment.querySelectorAll("[align], [dir], [class]")) {
    for (const name of ["align", "class"]) element.removeAttribute(name);
  }
  for (const empty of fragment.querySelectorAll("b:empty, i:empty, u:empty, a:empty, p:empty")) empty.remove();
}

const SIZES_OF_STYLES = { "13px": "2", "16px": "", "18px": "", "24px": "5", "32px": "6" };

// <span style="color: …; font-size: …"> of Squire's → <font color size> of ours.
function unstyled(root) {
  for (const span of [...root.querySelectorAll("span.color, span.size, span.font")].reverse()) {
    const { color, fontSize } = span.style;
    const [attribute, value] = color ? ["color", hex(color)] : ["size", SIZES_OF_STYLES[fontSize] ?? ""];
    if (!value) {
      span.replaceWith(...span.childNodes);
      continue;
    }
    const font = document.createElement("font");
    font.setAttribute(attribute, value);
    font.className = fontClass(font);
    font.append(...span.childNodes);
    span.replaceWith(font);
  }
}

function hex(color) {
  const parts = /^rgb\((\d+), (\d+), (\d+)\)$/.exec(color);
  return parts ? `#${parts.slice(1).map((part) => Number(part).toString(16).padStart(2, "0")).join("")}` : "";
}

class Editor extends Squire {
  constructor(box, config) {
    super(box, config);
    this._imageResizer.destroy(); // it writes style attributes; see pictures.js
    Object.assign(this.tagAfterSplit, { H1: "DIV", H2: "DIV", H3: "DIV" });
  }

  // Squire's own undo writes HTML as a string; here it becomes nodes first.
  _setRawHTML(html) {
    const root = this._root;
    root.replaceChildren(clean(html));
    if (!root.firstChild) root.append(this.createDefaultBlock());
    return this;
  }

  // Squire tidies <font> into styles; these are tags again before anybody looks.
  setHTML(html) {
    super.setHTML(html);
    unstyled(this._root);
    return this;
  }

  // What did not come from the clipboard keeps its looks: a template, the original between the lines.
  insertOurs(html) {
    const keep = (event) => unstyled(event.detail.fragment);
    this.isOurs = true;
    this.addEventListener("willPaste", keep);
    this.insertHTML(html, true);
    this.removeEventListener("willPaste", keep);
    this.isOurs = false;
    return this;
  }

  // --- formats of ours ---

  font(attribute, value, kind) {
    const classes = new Set([...this._root.querySelectorAll(`font[class^=${kind}]`)].map((font) => font.className));
    for (const name of classes) this.changeFormat(null, { tag: "FONT", attributes: { class: name } });
    if (value) {
      const name = `${kind}-${value.replace("#", "")}`;
      this.changeFormat({ tag: "FONT", attributes: { [attribute]: value, class: name } });
    }
    return this.focus();
  }

  fontSize() {
    return ["2", "5", "6"].find((size) => this.hasFormat("FONT", { class: `size-${size}` })) ?? "";
  }

  align(value) {
    return this.forEachBlock((block) => (value ? block.setAttribute("align", value) : block.removeAttribute("align")), true).focus();
  }

  block(tag) {
    if (tag === "PRE") return this.code();
    if (this.hasFormat("PRE")) this.removeCode();
    this.modifyBlocks((fragment) => {
      for (const old of fragment.querySelectorAll("div, p, h1, h2, h3")) {
        if (old.querySelector(BLOCKS_WITHIN)) continue;
        const block = document.createElement(tag || "DIV");
        for (const name of ["dir", "align"]) if (old.hasAttribute(name)) block.setAttribute(name, old.getAttribute(name));
        block.append(...old.childNodes);
        old.replaceWith(block);
      }
      return fragment;
    });
    return this.focus();
  }

  inList() {
    return this.hasFormat("UL") || this.hasFormat("OL");
  }
}

export function open(box, html, { onInput, onPicture }) {
  box.hidden = false;
  const editor = new Editor(box, { blockTag: "DIV", sanitizeToDOMFragment: clean, didError: () => {} });
  editor.setHTML(html);
  editor.moveCursorToStart();
  editor.addEventListener("input", onInput);
  editor.addEventListener("willPaste", (event) => {
    if (event.detail.fragment && !editor.isOurs) plainer(event.detail.fragment);
  });
  editor.addEventListener("pasteImage", (event) => {
    for (const item of event.detail.clipboardData.items) {
      if (item.kind === "file" && item.type.startsWith("image/")) onPicture(item.getAsFile());
    }
  });
  return editor;
}

const inline = (tag) => ({
  is: (e) => e.hasFormat(tag),
  on: (e) => e.changeFormat({ tag }),
  off: (e) => e.changeFormat(null, { tag }),
});
const rtl = (e) => getComputedStyle(e.getSelection().startContainer.parentElement ?? e.getRoot()).direction === "rtl";
const aligned = (value) => ({ is: () => false, on: (e) => e.align(value) });

const STYLES = {
  bold: inline("B"),
  italic: inline("I"),
  underline: inline("U"),
  strike: inline("S"),
  mark: inline("MARK"),
  list: { is: (e) => e.hasFormat("UL"), on: (e) => e.makeUnorderedList(), off: (e) => e.removeList() },
  numbers: { is: (e) => e.hasFormat("OL"), on: (e) => e.makeOrderedList(), off: (e) => e.removeList() },
  quote: { is: (e) => e.hasFormat("BLOCKQUOTE"), on: (e) => e.increaseQuoteLevel(), off: (e) => e.decreaseQuoteLevel() },
  indent: { is: () => false, on: (e) => (e.inList() ? e.increaseListLevel() : e.increaseQuoteLevel()) },
  outdent: { is: () => false, on: (e) => (e.inList() ? e.decreaseListLevel() : e.decreaseQuoteLevel()) },
  start: aligned(""),
  center: aligned("center"),
  end: { is: () => false, on: (e) => e.align(rtl(e) ? "left" : "right") },
  direction: { is: rtl, on: (e) => e.setTextDirection("rtl"), off: (e) => e.setTextDirection("ltr") },
  code: { is: (e) => e.hasFormat("PRE") || e.hasFormat("CODE"), on: (e) => e.code(), off: (e) => e.removeCode() },
  clear: { is: () => false, on: (e) => e.removeAllFormatting() },
};

const SIZES = ["2", "", "5", "6"];
const KEYS = { // Gmail's
  "Shift-7": "numbers", "Shift-8": "list", "Shift-9": "quote", "[": "outdent", "]": "indent", "\\": "clear",
  "Shift-L": "start", "Shift-E": "center", "Shift-R": "end", "Shift-X": "strike",
};

export function toolbar(tools, editor, { askLink, pickPicture }) {
  const controls = [...tools.querySelectorAll(":scope > button, :scope > select, :scope > .letter__colours > button")];
  const block = tools.querySelector("[data-block]");
  const size = tools.querySelector("[data-size]");
  const swatches = tools.querySelector("[data-swatches]");
  const colours = tools.querySelector("[data-style=colour]");
  const isOn = (style) => STYLES[style].is(editor);
  const show = () => {
    for (const button of controls) {
      const style = STYLES[button.dataset.style];
      if (style?.off) button.setAttribute("aria-pressed", String(style.is(editor)));
    }
    block.value = ["H2", "H3", "PRE"].find((tag) => editor.hasFormat(tag)) ?? "";
    size.value = editor.fontSize();
  };
  const toggle = (style) => {
    STYLES[style][isOn(style) && STYLES[style].off ? "off" : "on"](editor);
    show();
  };
  const palette = (isOpen) => {
    swatches.hidden = !isOpen;
    colours.setAttribute("aria-expanded", String(isOpen));
    if (isOpen) swatches.querySelector("button").focus();
  };
  editor.addEventListener("pathChange", show);
  editor.addEventListener("select", show);
  tools.addEventListener("mousedown", (event) => event.target.closest("select") || event.preventDefault());
  tools.addEventListener("click", async (event) => {
    const swatch = event.target.closest("[data-colour]");
    if (swatch) {
      palette(false);
      editor.focus();
      editor.font("color", swatch.dataset.colour, "tint");
    }
    const style = event.target.closest("[data-style]")?.dataset.style;
    if (style === "colour") palette(swatches.hidden);
    else if (style === "link") await link(editor, askLink);
    else if (style === "picture") pickPicture();
    else if (style) toggle(style);
  });
  block.addEventListener("change", () => editor.focus().block(block.value));
  size.addEventListener("change", () => editor.focus().font("size", size.value, "size"));
  swatches.addEventListener("keydown", (event) => {
    const all = [...swatches.children];
    const ahead = getComputedStyle(swatches).direction === "rtl" ? -1 : 1;
    const step = { ArrowRight: ahead, ArrowLeft: -ahead, ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.key === "Escape") {
      palette(false);
      colours.focus();
    } else if (step) all.at((all.indexOf(document.activeElement) + step) % all.length).focus();
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  swatches.addEventListener("focusout", (event) => swatches.contains(event.relatedTarget) || palette(false));

  const key = (name, act) => editor.setKeyHandler(name, (_, event) => {
    event.preventDefault();
    act();
  });
  for (const [name, style] of Object.entries(KEYS)) key(MOD + name, () => toggle(style));
  key("Alt-Shift-5", () => toggle("strike"));
  key(`${MOD}k`, () => link(editor, askLink));
  for (const sign of [",", "<", ";"]) key(`${MOD}Shift-${sign}`, () => editor.setTextDirection("rtl"));
  for (const sign of [".", ">", ":"]) key(`${MOD}Shift-${sign}`, () => editor.setTextDirection("ltr"));
  const step = (by) => {
    const next = SIZES[SIZES.indexOf(editor.fontSize()) + by];
    if (next !== undefined) editor.font("size", next, "size");
  };
  for (const sign of ["+", "=", "*"]) key(`${MOD}Shift-${sign}`, () => step(1));
  for (const sign of ["-", "_"]) key(`${MOD}Shift-${sign}`, () => step(-1));
  arrows(tools, controls);
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

// One Tab stop for the whole bar; the arrows move within it, mirrored where one reads from right to left.
function arrows(tools, controls) {
  controls.forEach((control, n) => (control.tabIndex = n ? -1 : 0));
  tools.addEventListener("keydown", (event) => {
    const now = controls.indexOf(document.activeElement);
    if (now < 0) return;
    const forward = getComputedStyle(tools).direction === "rtl" ? "ArrowLeft" : "ArrowRight";
    const backward = forward === "ArrowLeft" ? "ArrowRight" : "ArrowLeft";
    const next = { [forward]: now + 1, [backward]: now - 1, Home: 0, End: -1 }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    const target = controls.at(next % controls.length);
    controls.forEach((control) => (control.tabIndex = control === target ? 0 : -1));
    target.focus();
  });
}
