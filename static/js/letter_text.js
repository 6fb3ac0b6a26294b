// letter_text.js — the text of a letter, formatted or plain: signatures, templates, pictures, the original between lines.
import { fragment } from "./html.js";
import { get } from "./http.js";
import * as uploads from "./uploads.js";

const SIGNATURE = "-- ";

export class Text {
  constructor(form, { onTyped, onTrouble, onSaved }) {
    Object.assign(this, { form, onTyped, onTrouble, onSaved });
    this.box = form.querySelector(".letter__rich");
    this.plain = form.querySelector(".letter__text");
    this.tools = form.querySelector("[data-tools]");
    this.sender = form.elements.sender;
    this.signature = this.chosen();
    this.sender.addEventListener("change", () => this.sign());
  }

  // --- formatted or plain ---

  async enrich() {
    this.plain.hidden = true;
    const [editor, pictures] = await Promise.all([import("./editor.js"), import("./pictures.js")]);
    const isAsItWas = this.formatted && this.formatted.text === this.plain.value;
    const html = isAsItWas ? this.formatted.html : this.form.elements.html.value || paragraphs(this.plain.value);
    this.clean = editor.clean;
    this.editor = editor.open(this.box, html, { onInput: this.onTyped, onPicture: (file) => this.picture(file) });
    this.describe ??= pictures.mount(this.box, { ask: (now) => this.askPicture(now), onChange: this.onTyped });
    editor.toolbar(this.tools, this.editor, { askLink: (now) => this.askLink(now), pickPicture: () => this.pickPicture() });
    this.tools.hidden = false;
    this.form.elements.is_rich.value = "on";
    this.form.querySelector("[data-do=rich]").setAttribute("aria-pressed", "true");
  }

  // The formats are kept for as long as the words stay the same: one may look, and go back.
  simplify() {
    const html = this.html();
    this.plain.value = this.words();
    this.formatted = { html, text: this.plain.value };
    this.editor.destroy();
    this.editor = null;
    const bare = this.box.cloneNode(false); // without what the editor hung on it
    this.box.replaceWith(bare);
    this.box = bare;
    this.describe = undefined;
    this.box.hidden = true;
    this.box.removeAttribute("contenteditable");
    const tools = this.tools.cloneNode(true);
    this.tools.replaceWith(tools);
    this.tools = tools;
    this.tools.hidden = true;
    this.plain.hidden = false;
    this.form.elements.is_rich.value = "";
    this.form.elements.html.value = "";
    this.form.querySelector("[data-do=rich]").setAttribute("aria-pressed", "false");
  }

  words() {
    return this.box.innerText.replace(/\n{3,}/g, "\n\n").replace(/^--$/m, SIGNATURE);
  }

  html() {
    return this.editor.getHTML();
  }

  focus() {
    if (this.editor) return this.editor.focus();
    this.plain.focus();
    this.plain.setSelectionRange(0, 0);
  }

  put(html, text) {
    if (this.editor) return this.editor.focus().insertOurs(html);
    const { selectionStart, selectionEnd } = this.plain;
    this.plain.setRangeText(text, selectionStart, selectionEnd, "end");
    this.plain.focus();
  }

  // --- the signature of whoever it is from ---

  chosen() {
    return this.sender.selectedOptions[0]?.dataset.signature ?? "";
  }

  sign() {
    const [old, now] = [this.signature, this.chosen()];
    this.signature = now;
    if (this.editor) this.signRich(old, now);
    else this.signPlain(now);
    this.onTyped();
  }

  signRich(old, now) {
    const present = [...this.box.querySelectorAll("div.signature")].at(-1);
    if (!present && old) return; // its writer took it away
    const block = now ? this.clean(`<div class="signature"><div>${SIGNATURE}</div>${now}</div>`) : document.createDocumentFragment();
    if (present) present.replaceWith(block);
    else this.box.append(this.editor.createDefaultBlock(), block);
  }

  signPlain(now) {
    const [own] = `\n${this.plain.value}`.split(/\n-- \n(?![^]*\n-- \n)/);
    const box = document.createElement("div");
    box.append(fragment(now.replace(/<\/(div|p|li|h\d)>|<br>/g, "\n$&")));
    const words = box.textContent.replace(/\n{2,}/g, "\n").trim();
    this.plain.value = `${own.slice(1).trimEnd()}${words ? `\n\n${SIGNATURE}\n${words}` : ""}\n`;
  }

  // --- templates ---

  async template(address) {
    const answer = await get(address);
    if (!answer.ok) return;
    const { subject, html, text } = JSON.parse(answer.html);
    if (!this.form.elements.subject.value) this.form.elements.subject.value = subject;
    this.put(html, text);
    this.form.dispatchEvent(new Event("input"));
  }

  async keep() {
    const dialog = this.form.querySelector(".letter__name");
    const [input, problem] = dialog.querySelectorAll("input, .field__error");
    input.value = this.form.elements.subject.value;
    problem.hidden = true;
    for (;;) {
      dialog.showModal();
      if ((await answered(dialog)) !== "yes") return;
      const told = await this.keepAs(input.value);
      if (told.id) return this.kept(told);
      problem.textContent = told.problem;
      problem.hidden = false;
    }
  }

  async keepAs(name) {
    const data = new FormData();
    data.set("name", name);
    data.set("subject", this.form.elements.subject.value);
    data.set("is_rich", this.editor ? "on" : "");
    if (this.editor) data.set("html", this.html());
    else data.set("text", this.plain.value);
    const headers = { "X-Fragment": "1", "X-CSRFToken": this.form.elements.csrfmiddlewaretoken.value };
    const answer = await fetch(this.form.dataset.keepTemplate, { method: "POST", body: data, headers }).catch(() => null);
    return answer ? answer.json().catch(() => ({})) : { problem: this.form.dataset.wordUnsent };
  }

  kept({ name, url }) {
    const list = this.form.querySelector("[data-templates]");
    const known = list.querySelector(`[data-template="${url}"]`);
    const button = known ?? document.createElement("button");
    Object.assign(button, { type: "button", className: "menu__item", textContent: name });
    button.dataset.template = url;
    if (!known) list.querySelector(".menu__rule").before(button);
    this.onSaved(this.form.dataset.wordTemplateSaved.replace("{name}", name));
  }

  // --- the original, to write between its lines ---

  async inline() {
    const answer = await get(this.form.dataset.quote);
    if (!answer.ok) return;
    const { html, text } = JSON.parse(answer.html);
    if (this.editor) this.editor.focus().moveCursorToEnd().insertOurs(html);
    else this.plain.value = `${this.plain.value.trimEnd()}\n\n${text}\n`;
    this.form.elements.has_quote.checked = false;
    this.form.querySelector(".letter__quote").hidden = true;
    this.onTyped();
  }

  // --- pictures and links ---

  pickPicture() {
    const here = this.editor.getSelection();
    const chosen = here.startContainer.childNodes?.[here.startOffset] ?? here.startContainer.previousSibling;
    if (chosen?.nodeName === "IMG") return this.describe(chosen);
    const picker = document.createElement("input");
    picker.type = "file";
    picker.accept = "image/png,image/jpeg,image/gif,image/webp";
    picker.addEventListener("change", () => picker.files[0] && this.picture(picker.files[0]));
    picker.click();
  }

  async picture(file) {
    const answer = await uploads.picture(this.form, file).catch(() => ({ problem: this.form.dataset.wordUnsaved }));
    if (!answer.src) return this.onTrouble(answer.problem);
    this.editor.insertImage(answer.src, { alt: file.name });
    this.onTyped();
  }

  async askPicture(now) {
    const dialog = this.form.querySelector(".letter__alt");
    const [alt, width] = dialog.querySelectorAll("input, select");
    alt.value = now.alt;
    width.value = now.width;
    dialog.showModal();
    return (await answered(dialog)) === "yes" ? { alt: alt.value.trim(), width: width.value } : null;
  }

  async askLink(now) {
    const dialog = this.form.querySelector(".letter__link");
    const input = dialog.querySelector("input");
    input.value = now;
    dialog.showModal();
    const answer = await answered(dialog);
    return answer === "" ? null : answer === "yes" ? input.value.trim() : "";
  }
}

export function answered(dialog) {
  return new Promise((done) => {
    const click = (event) => {
      const button = event.target.closest("button[value]");
      if (button) dialog.close(button.value);
    };
    const key = (event) => {
      if (event.key === "Enter" && event.target.matches("input")) {
        event.preventDefault();
        dialog.close("yes");
      }
      event.stopPropagation();
    };
    dialog.addEventListener("click", click);
    dialog.addEventListener("keydown", key);
    dialog.addEventListener("close", () => {
      dialog.removeEventListener("click", click);
      dialog.removeEventListener("keydown", key);
      const answer = dialog.returnValue;
      dialog.returnValue = "";
      done(answer);
    }, { once: true });
  });
}

export function paragraphs(text) {
  const box = document.createElement("div");
  for (const line of text.split("\n")) {
    const block = document.createElement("div");
    if (line) block.textContent = line;
    else block.append(document.createElement("br"));
    box.append(block);
  }
  return box.innerHTML;
}
