// letter.js — one letter being written: saved as it is typed, sent, thrown away.
// Without this module the form's own buttons do the same with a page load each.
import { fragment } from "./html.js";
import { Copy, served } from "./letter_copy.js";
import { answered, Text } from "./letter_text.js";
import { Windows } from "./letter_windows.js";
import { isOffline, queue } from "./offline.js";
import * as recipients from "./recipients.js";
import * as uploads from "./uploads.js";

const PAUSE = 700; // ms without a key before saving
const AT_MOST = 2000; // ms of typing that can be lost
const COPIED = 300; // ms between two copies kept by the browser
const RETRY_AT_MOST = 10000;
const letters = new WeakMap();

export const of = (form) => letters.get(form);

export function mount(root, ways = {}) {
  for (const form of root.querySelectorAll("form[data-letter]")) {
    if (!letters.has(form)) letters.set(form, new Letter(form, ways));
  }
}

class Letter {
  constructor(form, ways) {
    this.form = form;
    this.words = form.dataset;
    this.ways = { onSent: () => {}, onGone: () => {}, onOpen: () => {}, onReload: () => {}, ...ways };
    this.status = form.querySelector(".letter__status");
    this.isChanged = false;
    this.isOver = false;
    this.isReading = false; // another window writes
    // On a slow line somebody may have typed before this code was there.
    const isEarly = [...form.querySelectorAll("input:not([type=hidden], [type=checkbox]), textarea")].some((field) =>
      field.value !== field.defaultValue);
    form.classList.add("letter--scripted");
    form.querySelectorAll(".letter__scripted:not([data-tools])").forEach((element) => (element.hidden = false));
    this.text = new Text(form, {
      onTyped: () => this.typed(),
      onTrouble: (words) => this.trouble(words),
      onSaved: (words) => this.say(words),
    });
    this.copy = new Copy(this.words.letter);
    this.recover();
    this.fold();
    recipients.mount(form);
    uploads.mount(form, {
      onTrouble: (words) => this.trouble(words),
      onPicture: (file) => this.text.picture(file),
    });
    form.addEventListener("input", () => this.typed());
    form.addEventListener("letter:typed", () => this.typed());
    form.addEventListener("submit", (event) => this.submitted(event));
    form.addEventListener("click", (event) => this.clicked(event));
    form.addEventListener("keydown", (event) => this.key(event), true);
    this.windows = new Windows(this.words.letter, {
      isWriting: () => !this.isReading && !this.isOver,
      onElsewhere: () => this.read(this.words.wordElsewhere),
      onTaken: () => this.giveWay(),
      onGone: () => this.goneElsewhere(),
    });
    this.leaving = () => this.isChanged && this.saveOnTheWay();
    this.asking = (event) => this.isChanged && this.isTroubled && event.preventDefault();
    this.back = () => this.isTroubled && this.isChanged && this.save();
    addEventListener("pagehide", this.leaving);
    addEventListener("beforeunload", this.asking);
    addEventListener("online", this.back);
    const fields = this.fields(); // as the server gave them: somebody may type before the editor is there
    const isRich = form.querySelector(".letter__rich").dataset.rich === "yes";
    this.ready = isRich ? this.text.enrich() : Promise.resolve();
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
    else this.text.focus();
  }

  // --- saving ---

  data(purpose) {
    if (this.text.editor) this.form.elements.html.value = this.text.html();
    const data = new FormData(this.form);
    for (const name of ["files", "template"]) data.delete(name);
    data.set("do", purpose);
    return data;
  }

  // What would be saved, as one text: an editor that tidies itself up has not been typed in.
  shape() {
    return this.fields() + this.body();
  }

  fields() {
    const data = this.data("save");
    const names = ["sender", "to", "cc", "bcc", "subject", "has_quote", "wants_receipt", "importance"];
    return JSON.stringify(names.map((name) => data.get(name)));
  }

  body() {
    const data = this.data("save");
    return JSON.stringify(this.text.editor ? data.get("html") : data.get("text"));
  }

  typed() {
    this.title();
    if (this.isOver || this.isReading || this.kept === undefined || this.shape() === this.kept) return;
    this.isChanged = true;
    this.since ??= performance.now();
    this.copying ??= setTimeout(() => {
      this.copying = undefined;
      if (this.isChanged) this.copy.keep(this.data("save"));
    }, COPIED);
    clearTimeout(this.timer);
    const waited = performance.now() - this.since;
    this.timer = setTimeout(() => this.save(), Math.max(0, Math.min(PAUSE, AT_MOST - waited)));
  }

  title() {
    const subject = this.form.elements.subject.value.trim();
    this.form.querySelector(".letter__title bdi").textContent = subject || this.words.wordUntitled;
  }

  // One save at a time: what is typed meanwhile goes with the next.
  save(purpose = "save") {
    clearTimeout(this.timer);
    this.saving = (this.saving ?? Promise.resolve()).then(() => this.saveNow(purpose)).catch(() => this.again());
    return this.saving;
  }

  async saveNow(purpose) {
    if (this.isOver || this.isReading || this.isLost || (!this.isChanged && purpose === "save")) return;
    this.isChanged = false;
    this.since = null;
    this.say(this.words.wordSaving);
    const shape = this.shape();
    const data = this.data(purpose);
    this.copy.keep(data, { trying: true });
    const answer = await this.post(data);
    const told = parsed(answer.text);
    if (answer.ok) {
      this.kept = shape;
      this.isTroubled = false;
      if (!this.isChanged) this.copy.forget();
      this.agreed(told);
      this.problem("");
      this.say(this.words.wordSaved);
      this.pause = 1000;
      document.dispatchEvent(new CustomEvent("mail:changed", { detail: { conversations: [] } }));
    } else if (answer.status === 404 || told.sent) {
      this.isChanged = this.isLost = true;
      this.say("");
      this.problem(told.sent ? told.problem : this.words.wordGone, "anew");
    } else if (answer.status >= 400 && answer.status < 500 && told.problem) {
      this.isChanged = true;
      this.agreed(told);
      this.trouble(told.problem, told.conflict ? "conflict" : "");
    } else {
      this.again(answer.isSignedOut ? this.words.wordSignedOut : undefined, answer.isSignedOut);
    }
  }

  // A session that ended is no reason to leave the page: sign in elsewhere, and the next try takes the new token.
  async post(data, isSecond = false) {
    const token = this.form.elements.csrfmiddlewaretoken;
    const headers = { "X-Fragment": "1", "X-CSRFToken": token.value };
    const response = await fetch(this.form.action, { method: "POST", body: data, headers, redirect: "manual" });
    if (response.type === "opaqueredirect") return { ok: false, status: 0, text: "", isSignedOut: true };
    if (response.status === 403 && !isSecond) {
      const page = await fetch(this.words.page, { headers: { "X-Fragment": "1" }, redirect: "manual" });
      if (!page.ok) return { ok: false, status: 0, text: "", isSignedOut: true };
      token.value = fragment(await page.text()).querySelector("[name=csrfmiddlewaretoken]")?.value ?? token.value;
      data.set("csrfmiddlewaretoken", token.value);
      return this.post(data, true);
    }
    return { ok: response.ok, status: response.status, text: await response.text() };
  }

  again(words = this.words.wordUnsaved, isSignedOut = false) {
    this.isChanged = this.isTroubled = true;
    this.copy.keep(this.data("save"));
    this.say(words, true);
    this.form.querySelector(".letter__sign-in").hidden = !isSignedOut;
    if (isSignedOut) this.problem(words, "signed-out");
    this.pause = Math.min((this.pause ?? 1000) * 2, RETRY_AT_MOST);
    this.timer = setTimeout(() => this.save(), this.pause);
  }

  saveOnTheWay() {
    this.copy.keep(this.data("save"), { trying: true }); // in case this is not let through
    const gone = fetch(this.form.action, {
      method: "POST", body: this.data("save"), keepalive: true, headers: { "X-Fragment": "1" }, redirect: "manual",
    });
    gone.then((answer) => answer.ok && this.copy.forget()).catch(() => {});
  }

  agreed(answer) {
    if (answer?.revision !== undefined) this.form.elements.based_on.value = answer.revision;
  }

  say(words, isTrouble = false) {
    this.status.textContent = words;
    this.status.classList.toggle("letter__status--trouble", isTrouble);
  }

  trouble(words, kind) {
    this.say("");
    this.problem(words, kind);
  }

  // `kind` says which ways out are offered beside the words.
  problem(words, kind = "") {
    const box = this.form.querySelector(".letter__problem");
    box.querySelector(".letter__words").textContent = words;
    for (const name of ["mine", "theirs"]) box.querySelector(`.letter__${name}`).hidden = kind !== "conflict";
    box.querySelector(".letter__anew").hidden = kind !== "anew";
    box.querySelector(".letter__sign-in").hidden = kind !== "signed-out";
    box.hidden = !words;
  }

  // Two browsers wrote at once, and the writer says which words count.
  async insist() {
    const data = this.data("save");
    data.set("force", "1");
    const shape = this.shape();
    const answer = await this.post(data);
    if (!answer.ok) return;
    this.agreed(parsed(answer.text));
    this.kept = shape;
    this.isChanged = false;
    this.copy.forget();
    this.problem("");
    this.say(this.words.wordSaved);
  }

  // The draft is gone, its words are not.
  async anew() {
    const headers = { "X-Fragment": "1", "X-CSRFToken": this.form.elements.csrfmiddlewaretoken.value };
    const answer = await fetch(this.words.new, { method: "POST", body: this.data("save"), headers }).catch(() => null);
    if (!answer?.ok) return this.say(this.words.wordUnsaved, true);
    const { open } = await answer.json();
    this.over();
    this.ways.onOpen(open);
  }

  // --- what the browser kept of an earlier try ---

  recover() {
    const { elements } = this.form;
    const rich = this.form.querySelector(".letter__rich");
    const found = this.copy.found(served(this.form), elements.based_on.value);
    if (!found) return;
    if (found.is === "same") return this.copy.forget();
    const time = new Intl.DateTimeFormat(document.documentElement.lang, { timeStyle: "short", dateStyle: "short" }).format(found.at);
    const put = ({ is_rich: isRich, ...typed }) => {
      for (const [name, value] of Object.entries(typed)) if (elements[name] && (value || name !== "sender")) elements[name].value = value;
      rich.dataset.rich = isRich ? "yes" : "no";
    };
    if (found.is === "newer") {
      put(found.typed);
      this.isRecovered = true;
      this.offer(this.words.wordRecovered.replace("{time}", time), ["saved"]);
      this.unrecover = () => this.useSaved();
    } else {
      this.offer(this.words.wordUnsavedFound.replace("{time}", time), ["restore", "forget"]);
      this.restore = () => this.useTyped(found.typed);
    }
  }

  offer(words, buttons) {
    const box = this.form.querySelector(".letter__recovered");
    box.querySelector(".notice__text").textContent = words;
    for (const button of box.querySelectorAll("button")) button.hidden = !buttons.includes(button.dataset.do);
    box.hidden = !words;
  }

  useSaved() {
    this.isChanged = false;
    this.over();
    this.ways.onReload();
  }

  // Kept as what the server's words are based on, so that the next look takes it for newer.
  useTyped(typed) {
    const data = new Map(Object.entries(typed));
    data.set("based_on", this.form.elements.based_on.value);
    this.isChanged = false;
    this.stop();
    this.copy.keep(data);
    this.ways.onReload();
  }

  // --- other windows ---

  read(words) {
    this.isReading = true;
    clearTimeout(this.timer);
    this.isChanged = false;
    this.copy.forget();
    const box = this.form.querySelector(".letter__elsewhere");
    box.querySelector(".notice__text").textContent = words;
    box.hidden = false;
    const parts = [...this.form.querySelector(".letter__sheet").children, this.form.querySelector("[data-tools]"), this.form.querySelector(".letter__foot")];
    for (const part of parts) part.inert = !part.classList.contains("notice");
  }

  async giveWay() {
    await this.ready;
    if (this.isChanged) await this.save();
    this.read(this.words.wordTaken);
  }

  async take() {
    await this.windows.take();
    this.stop();
    this.ways.onReload();
  }

  goneElsewhere() {
    if (this.isChanged && !this.isReading) return this.save(); // it finds out, and offers to keep the words
    this.over();
    this.ways.onGone();
  }

  // --- buttons ---

  clicked(event) {
    const button = event.target.closest("button");
    if (!button) return;
    if (button.dataset.reveal) this.reveal(button.dataset.reveal);
    if (button.dataset.template) this.text.template(button.dataset.template);
    const act = {
      mine: () => this.insist(), theirs: () => this.useSaved(), anew: () => this.anew(), close: () => this.close(),
      take: () => this.take(), saved: () => this.unrecover?.(), restore: () => this.restore?.(), inline: () => this.text.inline(),
      forget: () => (this.copy.forget(), this.offer("", [])), keep: () => this.text.keep(), rich: () => this.format(),
    }[button.dataset.do];
    act?.();
    if (button.closest("[data-templates]")) button.closest("details").open = false;
  }

  reveal(name) {
    const row = this.form.querySelector(`[data-optional=${name}]`);
    row.classList.remove("is-folded");
    this.form.querySelector(`[data-reveal=${name}]`).hidden = true;
    row.querySelector("input:not([type=hidden])").focus();
  }

  format() {
    if (this.text.editor) this.text.simplify();
    else this.text.enrich().then(() => this.text.focus());
    this.typed();
  }

  key(event) {
    if (event.defaultPrevented || this.form.querySelector("dialog[open]")) return;
    if (event.key !== "Escape" || !this.form.closest(".dock") || this.isPopupOpen()) return;
    this.close();
    event.preventDefault();
    event.stopPropagation();
  }

  isPopupOpen() {
    return this.form.querySelector(".guesses:not([hidden]), details.menu[open], [data-swatches]:not([hidden])") !== null;
  }

  submitted(event) {
    event.preventDefault();
    const button = event.submitter;
    const purpose = button?.name === "do" ? button.value : "send";
    button?.closest("details")?.removeAttribute("open");
    if (purpose === "discard") this.discard();
    else if (purpose === "save") this.save();
    else this.send(purpose, button?.name && button.name !== "do" ? { [button.name]: button.value } : {});
  }

  async send(purpose = "send", extra = {}) {
    if (this.isSending || this.isOver || this.isReading) return;
    this.isSending = true;
    const button = this.form.querySelector(".letter__send");
    button.disabled = true;
    const focused = document.activeElement;
    focused?.blur?.(); // an address still being typed becomes a chip
    this.busy(true); // what is typed from now on would not go along
    await new Promise((done) => setTimeout(done, 150));
    try {
      await this.ready;
      while (this.form.uploading?.size) await new Promise((done) => setTimeout(done, 200));
      await this.saving;
      clearTimeout(this.timer);
      const data = this.data(purpose);
      for (const [name, value] of Object.entries(extra)) data.set(name, value);
      this.copy.keep(data, { trying: true });
      const answer = await this.post(data).catch(() => ({ ok: false, text: "" }));
      const told = parsed(answer.text);
      if (answer.ok) {
        this.windows.say("gone");
        this.over();
        this.ways.onSent(told);
      } else if (!answer.status && isOffline()) {
        await queue({ action: this.form.getAttribute("action"), fields: [...data] }); // it goes out by itself (outbox.js)
        this.windows.say("gone");
        this.over();
        this.ways.onSent({});
      } else if (told.warnings) {
        this.agreed(told);
        this.isSending = false;
        this.busy(false);
        if (await this.ask(told.warnings)) await this.send(purpose, extra);
      } else this.unsent(answer, told);
    } finally {
      this.isSending = false;
      button.disabled = false;
      this.busy(false);
      if (!this.isOver && this.form.isConnected && document.activeElement === document.body) focused?.focus?.();
    }
  }

  busy(isBusy) {
    if (this.isReading) return;
    for (const part of this.form.querySelectorAll(".letter__sheet, [data-tools]")) part.inert = isBusy;
    this.form.setAttribute("aria-busy", String(isBusy));
  }

  unsent(answer, told) {
    this.agreed(told);
    this.isChanged = this.shape() !== this.kept;
    if (answer.status === 404 || told.sent) return this.problem(told.sent ? told.problem : this.words.wordGone, "anew");
    const words = answer.isSignedOut ? this.words.wordSignedOut : this.words.wordUnsent;
    const kind = told.conflict ? "conflict" : answer.isSignedOut ? "signed-out" : "";
    this.problem(told.problem ?? words, kind);
    for (const row of this.form.querySelectorAll("[data-recipients]")) {
      row.dispatchEvent(new CustomEvent("letter:wrong", { detail: told.wrong ?? [] }));
    }
  }

  // Each doubt is asked once; what was answered travels with the next try.
  async ask(warnings) {
    const dialog = this.form.querySelector(".letter__ask");
    dialog.querySelector(".letter__doubts").replaceChildren(...warnings.map(({ text }) =>
      Object.assign(document.createElement("li"), { textContent: text })));
    dialog.showModal();
    const isSure = (await answered(dialog)) === "yes";
    const { accepted } = this.form.elements;
    if (isSure) accepted.value = [accepted.value, ...warnings.map(({ key }) => key)].join(" ").trim();
    return isSure;
  }

  async discard() {
    this.windows.say("gone");
    this.over();
    await this.saving;
    await this.post(this.data("discard")).catch(() => {});
    document.dispatchEvent(new CustomEvent("mail:changed", { detail: { conversations: [] } }));
    this.ways.onGone();
  }

  async close() {
    await this.ready;
    if (this.isReading) return this.leave();
    const isBlank = this.form.elements.based_on.value === "0" && !this.form.querySelector(".letter__files > *");
    if (this.isChanged || !isBlank) await this.save(this.isChanged ? "close" : "save");
    else await this.post(this.data("discard")).catch(() => {}); // nothing was ever written
    if (this.isTroubled && this.isChanged) return; // it would be gone
    this.leave();
  }

  leave() {
    this.over();
    this.ways.onGone();
  }

  over() {
    this.isOver = true;
    this.isChanged = false;
    if (!this.isReading) this.copy.forget();
    this.stop();
  }

  stop() {
    this.isOver = true;
    clearTimeout(this.timer);
    clearTimeout(this.copying);
    this.windows.close();
    removeEventListener("pagehide", this.leaving);
    removeEventListener("beforeunload", this.asking);
    removeEventListener("online", this.back);
  }
}

const parsed = (text) => {
  try {
    return JSON.parse(text) ?? {};
  } catch {
    return {};
  }
};
