// letter.js — one letter being written: saved as it is typed, sent, thrown away.
// Without this module the form's own buttons do the same with a page load each.
import { fragment } from "./html.js";
import * as recipients from "./recipients.js";
import * as uploads from "./uploads.js";

const PAUSE = 700; // ms without a key before saving
const AT_MOST = 2000; // ms of typing that can be lost
const TYPED = ["sender", "to", "cc", "bcc", "subject", "text", "html", "is_rich"];
const letters = new WeakMap();

export const of = (form) => letters.get(form);

export function mount(root, ways = {}) {
  for (const form of root.querySelectorAll("form[data-letter]")) {
    if (!letters.has(form)) letters.set(form, new Letter(form, ways));
  }
}

class Letter {
  constructor(form, { onSent, onGone }) {
    this.form = form;
    this.onSent = onSent ?? (() => {});
    this.onGone = onGone ?? (() => {});
    this.status = form.querySelector(".letter__status");
    this.rich = form.querySelector(".letter__rich");
    this.text = form.querySelector(".letter__text");
    this.tools = form.querySelector("[data-tools]");
    this.isChanged = false;
    this.isOver = false;
    // On a slow line somebody may have typed before this code was there.
    const isEarly = [...form.elements].some((field) => field.type !== "hidden" && field.value !== (field.defaultValue ?? field.value));
    form.classList.add("letter--scripted");
    form.querySelectorAll(".letter__scripted:not([data-tools])").forEach((element) => (element.hidden = false));
    this.recover();
    this.fold();
    recipients.mount(form);
    uploads.mount(form, {
      onChange: (answer) => this.agreed(answer),
      onTrouble: (words) => this.trouble(words),
    });
    form.addEventListener("input", () => this.typed());
    form.addEventListener("letter:typed", () => this.typed());
    form.addEventListener("submit", (event) => this.submitted(event));
    form.addEventListener("click", (event) => this.clicked(event));
    form.addEventListener("keydown", (event) => this.key(event));
    this.leaving = () => this.isChanged && this.saveOnTheWay();
    this.asking = (event) => this.isChanged && this.isTroubled && event.preventDefault();
    addEventListener("pagehide", this.leaving);
    addEventListener("beforeunload", this.asking);
    const fields = this.fields(); // as the server gave them: somebody may type before the editor is there
    this.ready = this.rich.dataset.rich === "yes" ? this.enrich() : Promise.resolve();
    this.ready.then(() => {
      this.kept = this.isRecovered || isEarly ? "" : fields + this.body();
      this.focus();
      this.typed();
    });
  }

  fold() {
    for (const row of this.form.querySelectorAll("[data-optional]")) {
      row.classList.toggle("is-folded", !row.querySelector("input").value);
    }
  }

  focus() {
    const to = this.form.querySelector("[data-recipients] input:not([type=hidden])");
    if (to && !this.form.elements.to.value) to.focus();
    else if (!this.form.elements.subject.value) this.form.elements.subject.focus();
    else if (this.editor) this.editor.focus();
    else {
      this.text.focus();
      this.text.setSelectionRange(0, 0);
    }
  }

  // --- text ---

  async enrich() {
    this.text.hidden = true;
    const { open, toolbar } = await import("./editor.js");
    const html = this.form.elements.html.value || paragraphs(this.text.value);
    this.editor = open(this.rich, html, {
      onInput: () => this.typed(),
      onPicture: (file) => this.picture(file),
    });
    toolbar(this.tools, this.editor, { askLink: (now) => this.askLink(now), pickPicture: () => this.pickPicture() });
    this.editor.setKeyHandler("Ctrl-Enter", (_, event) => {
      event.preventDefault();
      this.send();
    });
    this.tools.hidden = false;
    this.form.elements.is_rich.value = "on";
    this.form.querySelector("[data-do=rich]").setAttribute("aria-pressed", "true");
  }

  simplify() {
    this.text.value = this.rich.innerText.replace(/\n{3,}/g, "\n\n");
    this.editor.destroy();
    this.editor = null;
    this.rich.hidden = true;
    this.rich.removeAttribute("contenteditable");
    this.rich.replaceChildren();
    this.text.hidden = false;
    this.tools.hidden = true;
    this.form.elements.is_rich.value = "";
    this.form.elements.html.value = "";
    this.form.querySelector("[data-do=rich]").setAttribute("aria-pressed", "false");
  }

  pickPicture() {
    const picker = document.createElement("input");
    picker.type = "file";
    picker.accept = "image/png,image/jpeg,image/gif,image/webp";
    picker.addEventListener("change", () => picker.files[0] && this.picture(picker.files[0]));
    picker.click();
  }

  async picture(file) {
    const answer = await uploads.picture(this.form, file).catch(() => ({ problem: this.form.dataset.wordUnsaved }));
    if (!answer.src) return this.trouble(answer.problem);
    this.agreed(answer);
    this.editor.insertImage(answer.src, { alt: file.name });
    this.typed();
  }

  askLink(now) {
    const dialog = this.form.querySelector(".letter__link");
    const input = dialog.querySelector("input");
    input.value = now;
    dialog.showModal();
    return answered(dialog).then((answer) => (answer === "" ? null : answer === "yes" ? input.value.trim() : ""));
  }

  // --- saving ---

  data(purpose) {
    if (this.editor) this.form.elements.html.value = this.editor.getHTML();
    const data = new FormData(this.form);
    data.delete("files");
    data.set("do", purpose);
    return data;
  }

  // What would be saved, as one text: an editor that tidies itself up has not been typed in.
  shape() {
    return this.fields() + this.body();
  }

  fields() {
    const data = this.data("save");
    return JSON.stringify(["sender", "to", "cc", "bcc", "subject", "has_quote"].map((name) => data.get(name)));
  }

  body() {
    const data = this.data("save");
    return JSON.stringify(this.editor ? data.get("html") : data.get("text"));
  }

  typed() {
    if (this.kept === undefined || this.shape() === this.kept) return;
    this.isChanged = true;
    this.since ??= performance.now();
    clearTimeout(this.timer);
    const waited = performance.now() - this.since;
    this.timer = setTimeout(() => this.save(), Math.max(0, Math.min(PAUSE, AT_MOST - waited)));
  }

  // One save at a time: what is typed meanwhile goes with the next.
  save(purpose = "save") {
    clearTimeout(this.timer);
    this.saving = (this.saving ?? Promise.resolve()).then(() => this.saveNow(purpose)).catch(() => this.again());
    return this.saving;
  }

  async saveNow(purpose) {
    if (this.isOver || (!this.isChanged && purpose === "save")) return;
    this.isChanged = false;
    this.since = null;
    this.say(this.form.dataset.wordSaving);
    const shape = this.shape();
    const answer = await this.post(this.data(purpose));
    const told = parsed(answer.text);
    if (answer.ok) {
      this.kept = shape;
      this.isTroubled = false;
      this.forget();
      this.agreed(told);
      this.problem("");
      this.say(this.form.dataset.wordSaved);
      this.pause = 1000;
      document.dispatchEvent(new CustomEvent("mail:changed", { detail: { conversations: [] } }));
    } else if (answer.status >= 400 && answer.status < 500 && told.problem) {
      this.isChanged = true;
      this.agreed(told);
      this.trouble(told.problem, told.conflict);
    } else {
      this.again(answer.isSignedOut ? this.form.dataset.wordSignedOut : undefined);
    }
  }

  // A session that ended is no reason to leave the page: sign in elsewhere, and the next try takes the new token.
  async post(data, isSecond = false) {
    const token = this.form.elements.csrfmiddlewaretoken;
    const headers = { "X-Fragment": "1", "X-CSRFToken": token.value };
    const response = await fetch(this.form.action, { method: "POST", body: data, headers, redirect: "manual" });
    if (response.type === "opaqueredirect") return { ok: false, status: 0, text: "", isSignedOut: true };
    if (response.status === 403 && !isSecond) {
      const page = await fetch(this.form.dataset.page, { headers: { "X-Fragment": "1" }, redirect: "manual" });
      if (!page.ok) return { ok: false, status: 0, text: "", isSignedOut: true };
      token.value = fragment(await page.text()).querySelector("[name=csrfmiddlewaretoken]")?.value ?? token.value;
      data.set("csrfmiddlewaretoken", token.value);
      return this.post(data, true);
    }
    return { ok: response.ok, status: response.status, text: await response.text() };
  }

  // --- what the server does not have yet, kept by the browser ---

  get place() {
    return `letter ${this.form.dataset.letter}`;
  }

  remember() {
    const data = this.data("save");
    const typed = Object.fromEntries(TYPED.map((name) => [name, data.get(name) ?? ""]));
    try {
      localStorage.setItem(this.place, JSON.stringify(typed));
    } catch {
      return; // no room, or not allowed: the window itself still has it
    }
  }

  forget() {
    localStorage.removeItem(this.place);
  }

  recover() {
    const typed = parsed(localStorage.getItem(this.place) ?? "");
    if (!typed || !("text" in typed)) return;
    for (const name of TYPED) {
      const field = this.form.elements[name];
      if (field && name !== "is_rich") field.value = typed[name];
    }
    this.rich.dataset.rich = typed.is_rich ? "yes" : "no";
    this.isRecovered = true;
  }

  again(words = this.form.dataset.wordUnsaved) {
    this.isChanged = this.isTroubled = true;
    this.remember();
    this.say(words, true);
    this.pause = Math.min((this.pause ?? 1000) * 2, 30000);
    this.timer = setTimeout(() => this.save(), this.pause);
  }

  saveOnTheWay() {
    this.remember(); // in case this is not let through
    const gone = fetch(this.form.action, {
      method: "POST", body: this.data("save"), keepalive: true, headers: { "X-Fragment": "1" }, redirect: "manual",
    });
    gone.then((answer) => answer.ok && this.forget()).catch(() => {});
  }

  agreed(answer) {
    if (answer?.revision !== undefined) this.form.elements.based_on.value = answer.revision;
  }

  say(words, isTrouble = false) {
    this.status.textContent = words;
    this.status.classList.toggle("letter__status--trouble", isTrouble);
  }

  trouble(words, isConflict = false) {
    this.say("");
    this.problem(words, isConflict);
  }

  problem(words, isConflict = false) {
    const box = this.form.querySelector(".letter__problem");
    box.querySelector(".letter__words").textContent = words;
    box.querySelector(".letter__mine").hidden = !isConflict;
    box.hidden = !words;
  }

  // Two windows wrote at once, and the writer says which words count.
  async insist() {
    const data = this.data("save");
    data.set("force", "1");
    const shape = this.shape();
    const answer = await this.post(data);
    if (!answer.ok) return;
    this.agreed(parsed(answer.text));
    this.kept = shape;
    this.isChanged = false;
    this.problem("");
    this.say(this.form.dataset.wordSaved);
  }

  // --- buttons ---

  clicked(event) {
    const button = event.target.closest("button");
    if (button?.dataset.reveal) {
      const row = this.form.querySelector(`[data-optional=${button.dataset.reveal}]`);
      row.classList.remove("is-folded");
      button.hidden = true;
      row.querySelector("input:not([type=hidden])").focus();
    }
    if (button?.dataset.do === "mine") this.insist();
    if (button?.dataset.do === "close") this.close();
    if (button?.dataset.do === "page") this.save("close").then(() => location.assign(this.form.dataset.page));
    if (button?.dataset.do === "rich") {
      if (this.editor) this.simplify();
      else this.enrich().then(() => this.editor.focus());
      this.typed();
    }
  }

  key(event) {
    // Sending is a shortcut (shortcuts.js): it may have another key, or none.
    if (event.key === "Escape" && !event.defaultPrevented && !this.form.querySelector("dialog[open]")) {
      event.stopPropagation();
      if (this.form.closest(".dock")) this.close();
    }
  }

  submitted(event) {
    event.preventDefault();
    const purpose = event.submitter?.value ?? "send";
    if (purpose === "send" || purpose === "send_anyway") this.send(purpose);
    else if (purpose === "discard") this.discard();
    else this.save();
  }

  async send(purpose = "send") {
    if (this.isSending) return;
    this.isSending = true;
    const button = this.form.querySelector(".letter__send");
    button.disabled = true;
    document.activeElement?.blur?.(); // an address still being typed becomes a chip
    await new Promise((done) => setTimeout(done, 150));
    try {
      while (this.form.uploading?.size) await new Promise((done) => setTimeout(done, 200));
      await this.saving;
      clearTimeout(this.timer);
      const answer = await this.post(this.data(purpose)).catch(() => ({ ok: false, text: "" }));
      const told = parsed(answer.text);
      if (answer.ok) {
        this.over();
        this.onSent(told);
      } else if (told.warnings) {
        this.agreed(told);
        this.isSending = false;
        if (await this.ask(told.warnings)) await this.send("send_anyway");
      } else {
        this.agreed(told);
        const words = answer.isSignedOut ? this.form.dataset.wordSignedOut : this.form.dataset.wordUnsent;
        this.problem(told.problem ?? words, told.conflict);
        this.form.querySelectorAll("[data-recipients]").forEach((row) =>
          row.dispatchEvent(new CustomEvent("letter:wrong", { detail: told.wrong ?? [] })));
      }
    } finally {
      this.isSending = false;
      button.disabled = false;
    }
  }

  ask(warnings) {
    const dialog = this.form.querySelector(".letter__ask");
    dialog.querySelector(".letter__doubts").textContent = warnings.join(" ");
    dialog.showModal();
    return answered(dialog).then((answer) => answer === "yes");
  }

  async discard() {
    this.over();
    await this.saving;
    await this.post(this.data("discard"));
    document.dispatchEvent(new CustomEvent("mail:changed", { detail: { conversations: [] } }));
    this.onGone();
  }

  async close() {
    if (this.isChanged || this.form.elements.based_on.value !== "0") await this.save(this.isChanged ? "close" : "save");
    else await this.post(this.data("discard")); // nothing was ever written
    if (this.isTroubled && this.isChanged) return; // it would be gone
    this.over();
    this.onGone();
  }

  over() {
    this.isOver = true;
    this.isChanged = false;
    this.forget();
    clearTimeout(this.timer);
    removeEventListener("pagehide", this.leaving);
    removeEventListener("beforeunload", this.asking);
  }
}

function answered(dialog) {
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

function paragraphs(text) {
  const box = document.createElement("div");
  for (const line of text.split("\n")) {
    const block = document.createElement("div");
    if (line) block.textContent = line;
    else block.append(document.createElement("br"));
    box.append(block);
  }
  return box.innerHTML;
}

const parsed = (text) => {
  try {
    return JSON.parse(text) ?? {};
  } catch {
    return {};
  }
};
