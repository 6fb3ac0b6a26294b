// recipients.js — a field of addresses as chips, with people and groups offered below. Chips are changed, moved between
// the fields by dragging (Alt with the arrows, by keyboard) and taken away. The field itself stays in the form and holds
// what is sent; without this module one types into it.
import { get } from "./http.js";
import { set } from "./html.js";

const ADDRESS = /^[^\s@<>()[\],;:\\"]+@[^\s@<>()[\],;:\\"]+$|<[^\s@<>]+@[^\s@<>]+>$|^"[^"]+"@\S+$/u;
const GROUP = /^[^@<>]+:.*;$/su; // RFC 5322 §3.4: name, colon, members, semicolon
const MOVED = "application/x-recipient";
const fields = new WeakMap(); // row → Recipients

export function mount(root) {
  for (const row of root.querySelectorAll("[data-recipients]")) fields.set(row, new Recipients(row));
}

// The arrow that points to the beginning or the end of a line of the page.
function towards(side) {
  return (document.dir === "rtl") === (side === "start") ? "ArrowRight" : "ArrowLeft";
}

// "Ann <a@x>, "Lee, Bob" <b@y>" → its addresses; a comma within quotes, brackets or a group divides nothing.
export function split(text) {
  const found = [];
  let piece = "", quoted = false, bracketed = false, grouped = false;
  const next = () => {
    found.push(piece);
    piece = "";
  };
  for (const letter of text.replace(/[\r\n]+/g, ",")) {
    if (letter === '"') quoted = !quoted;
    if (!quoted && letter === "<") bracketed = true;
    if (!quoted && letter === ">") bracketed = false;
    if (!quoted && !bracketed && letter === ":" && !piece.includes("@")) grouped = true;
    if (!quoted && !bracketed && grouped && letter === ";") {
      piece += letter;
      grouped = false;
      next();
    } else if (!quoted && !bracketed && !grouped && (letter === "," || letter === ";")) next();
    else piece += letter;
  }
  return [...found, piece].flatMap(apart).map((one) => one.trim()).filter(Boolean);
}

// "a@x b@y" as it comes from a spreadsheet or another program.
function apart(text) {
  const words = text.trim().split(/\s+/);
  return words.length > 1 && words.every((word) => /^[^\s@<>"]+@[^\s@<>"]+$/.test(word)) ? words : [text];
}

const members = (text) => split(text.slice(text.indexOf(":") + 1, -1));
const bare = (text) => (text.match(/<([^<>]*)>$/)?.[1] ?? text).toLowerCase();

class Recipients {
  constructor(row) {
    this.row = row;
    this.form = row.closest("form");
    this.field = row.querySelector("input");
    this.typing = this.field.cloneNode();
    this.typing.removeAttribute("name");
    this.typing.value = "";
    Object.entries({ role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false" }).forEach(([name, value]) =>
      this.typing.setAttribute(name, value));
    this.field.removeAttribute("id");
    this.field.removeAttribute("autofocus");
    this.field.type = "hidden";
    this.field.after(this.typing);
    this.list = document.createElement("ul");
    this.list.className = "guesses";
    this.list.setAttribute("role", "listbox");
    this.list.setAttribute("aria-label", this.typing.getAttribute("aria-label"));
    this.list.id = `${this.typing.id}-people`;
    this.list.hidden = true;
    this.typing.setAttribute("aria-controls", this.list.id);
    row.append(this.list);
    this.addresses = [];
    for (const one of split(this.field.value)) this.add(one, { silently: true });
    this.typing.addEventListener("input", () => this.typed());
    this.typing.addEventListener("keydown", (event) => this.key(event));
    this.typing.addEventListener("paste", (event) => this.pasted(event));
    this.typing.addEventListener("blur", () => setTimeout(() => this.left(), 120));
    this.list.addEventListener("pointerdown", (event) => {
      event.preventDefault();
      const option = event.target.closest("[role=option]");
      if (option) this.choose(option);
    });
    row.addEventListener("click", (event) => {
      if (event.target === row || event.target.closest(".letter__label")) this.typing.focus();
    });
    row.addEventListener("letter:wrong", (event) => this.mark(event.detail));
    row.addEventListener("letter:strangers", (event) => this.wonder(event.detail));
    this.dropping();
  }

  // --- chips ---

  add(text, { silently = false, isChosen = false } = {}) {
    const { dataset } = this.form;
    const isGroup = GROUP.test(text);
    const isGood = isGroup || ADDRESS.test(text);
    const chip = document.createElement("span");
    chip.className = isGood ? "chip" : "chip chip--wrong";
    chip.title = isGood ? text : dataset.wordNoAddress.replace("{text}", text);
    chip.draggable = true;
    const name = document.createElement("button");
    name.type = "button";
    name.tabIndex = -1;
    name.className = "chip__name";
    name.setAttribute("aria-label", dataset.wordEdit.replace("{text}", text));
    const shown = document.createElement("bdi");
    shown.textContent = isGroup
      ? `${text.slice(0, text.indexOf(":")).replace(/^"(.*)"$/, "$1")} (${members(text).length})`
      : text.replace(/\s*<[^>]*>$/, "").replace(/^"(.*)"$/, "$1") || text;
    name.append(shown);
    const remove = document.createElement("button");
    remove.type = "button";
    remove.tabIndex = -1;
    remove.className = "chip__remove";
    remove.setAttribute("aria-label", dataset.wordRemove.replace("{name}", text));
    remove.textContent = "✕";
    remove.addEventListener("click", () => {
      this.remove(chip);
      this.typing.focus();
    });
    name.addEventListener("click", () => this.change(chip));
    chip.addEventListener("keydown", (event) => this.chipKey(event, chip));
    chip.addEventListener("dragstart", (event) => {
      event.dataTransfer.setData(MOVED, text);
      event.dataTransfer.setData("text/plain", text);
      event.dataTransfer.effectAllowed = "move";
    });
    chip.addEventListener("dragend", (event) => event.dataTransfer.dropEffect === "move" && this.row.contains(chip) && this.remove(chip));
    chip.append(name, remove);
    this.addresses.push({ text, chip });
    this.typing.before(chip);
    this.store(silently);
    if (!silently && !isChosen && isGood && !isGroup) this.ask(text);
    return chip;
  }

  remove(chip) {
    this.addresses = this.addresses.filter((one) => one.chip !== chip);
    chip.remove();
    this.store();
  }

  // A group opens into its members, anything else into the field where it is typed.
  change(chip) {
    const { text } = this.addresses.find((one) => one.chip === chip);
    this.remove(chip);
    if (GROUP.test(text)) return void members(text).forEach((one) => this.add(one, { isChosen: true }));
    if (this.typing.value.trim()) this.take(this.typing.value);
    this.typing.value = text;
    this.typing.focus();
    this.typing.select();
    this.store();
  }

  chipKey(event, chip) {
    const before = chip.previousElementSibling;
    const after = chip.nextElementSibling;
    const step = event.key === towards("start") ? before : event.key === towards("end") ? after : null;
    if (event.altKey && ["ArrowUp", "ArrowDown"].includes(event.key)) this.pass(chip, event.key === "ArrowDown" ? 1 : -1);
    else if (step) (step.querySelector?.(".chip__name") ?? this.typing).focus();
    else if (["Delete", "Backspace"].includes(event.key)) {
      (after?.querySelector(".chip__name") ?? this.typing).focus();
      this.remove(chip);
    } else return;
    event.preventDefault();
  }

  // To the field above or below: To, Cc, Bcc.
  pass(chip, by) {
    const rows = [...this.form.querySelectorAll("[data-recipients]")];
    const row = rows[rows.indexOf(this.row) + by];
    if (!row) return;
    const { text } = this.addresses.find((one) => one.chip === chip);
    this.remove(chip);
    fields.get(row).receive(text).querySelector(".chip__name").focus();
  }

  receive(text) {
    this.row.classList.remove("is-folded");
    const known = this.addresses.find((one) => bare(one.text) === bare(text));
    const label = this.typing.getAttribute("aria-label");
    const status = this.form.querySelector(".letter__status");
    status.textContent = this.form.dataset.wordMoved.replace("{text}", text).replace("{field}", label);
    return known?.chip ?? this.add(text, { isChosen: true });
  }

  dropping() {
    const isOurs = (event) => event.dataTransfer.types.includes(MOVED);
    this.row.addEventListener("dragover", (event) => {
      if (!isOurs(event)) return;
      event.preventDefault();
      event.dataTransfer.dropEffect = "move";
      this.row.classList.add("letter__row--here");
    });
    this.row.addEventListener("dragleave", () => this.row.classList.remove("letter__row--here"));
    this.row.addEventListener("drop", (event) => {
      this.row.classList.remove("letter__row--here");
      if (!isOurs(event)) return;
      event.preventDefault();
      const text = event.dataTransfer.getData(MOVED);
      if (this.addresses.some((one) => one.text === text)) event.dataTransfer.dropEffect = "none";
      else this.receive(text);
    });
  }

  store(silently = false) {
    this.field.value = [...this.addresses.map((one) => one.text), this.typing.value.trim()].filter(Boolean).join(", ");
    if (!silently) this.form.dispatchEvent(new CustomEvent("letter:typed"));
  }

  take(text) {
    for (const one of split(text)) this.add(one);
    this.typing.value = "";
    this.close();
    this.store();
  }

  // Somebody who was never written to may be meant; or it is a slip of the finger.
  async ask(text) {
    const answer = await get(`${this.form.dataset.strangers}?of=${encodeURIComponent(text)}`).catch(() => null);
    if (answer?.ok) this.wonder(JSON.parse(answer.html).strangers);
  }

  wonder(strangers) {
    for (const { text, chip } of this.addresses) {
      if (!strangers.includes(bare(text))) continue;
      chip.classList.add("chip--stranger");
      chip.title = this.form.dataset.wordStranger.replace("{address}", bare(text));
    }
  }

  // --- what may be meant ---

  async typed() {
    this.store();
    const text = this.typing.value.trim();
    if (/[,;]\s*$/.test(this.typing.value) && split(text).length) return this.take(text);
    if (text.length < 1) return this.close();
    const asked = (this.asked = (this.asked ?? 0) + 1);
    await new Promise((done) => setTimeout(done, 90));
    if (asked !== this.asked) return;
    const answer = await get(`${this.form.dataset.people}?q=${encodeURIComponent(text)}`).catch(() => ({ ok: false }));
    if (asked !== this.asked || !answer.ok || document.activeElement !== this.typing) return;
    set(this.list, answer.html);
    const options = [...this.list.children];
    options.forEach((option, n) => (option.id = `${this.list.id}-${n}`));
    this.list.hidden = options.length === 0;
    this.typing.setAttribute("aria-expanded", String(!this.list.hidden));
    this.point(options[0]);
  }

  point(option) {
    for (const one of this.list.children) one.setAttribute("aria-selected", String(one === option));
    this.typing.setAttribute("aria-activedescendant", option?.id ?? "");
    option?.scrollIntoView({ block: "nearest" });
  }

  choose(option) {
    this.typing.value = "";
    this.add(option.dataset.text, { isChosen: true });
    this.close();
  }

  close() {
    this.asked = (this.asked ?? 0) + 1;
    this.list.hidden = true;
    this.typing.setAttribute("aria-expanded", "false");
    this.typing.removeAttribute("aria-activedescendant");
  }

  key(event) {
    const pointed = this.list.hidden ? null : this.list.querySelector("[aria-selected=true]");
    const isEmpty = !this.typing.value;
    if (event.key === "ArrowDown" && pointed) {
      event.preventDefault();
      this.point(pointed.nextElementSibling ?? this.list.firstElementChild);
    } else if (event.key === "ArrowUp" && pointed) {
      event.preventDefault();
      this.point(pointed.previousElementSibling ?? this.list.lastElementChild);
    } else if (event.key === "Escape" && !this.list.hidden) {
      event.stopPropagation();
      this.close();
    } else if (event.key === towards("start") && isEmpty && this.addresses.length) {
      event.preventDefault();
      this.addresses.at(-1).chip.querySelector(".chip__name").focus();
    } else if (event.key === "Enter" || event.key === "Tab") {
      if (event.ctrlKey || event.metaKey) return;
      if (pointed && this.typing.value.trim()) {
        event.preventDefault();
        this.choose(pointed);
      } else if (this.typing.value.trim()) {
        if (event.key === "Enter") event.preventDefault();
        this.take(this.typing.value);
      } else if (event.key === "Enter") event.preventDefault();
    } else if (event.key === "Backspace" && isEmpty && this.addresses.length) {
      this.remove(this.addresses.at(-1).chip);
    }
  }

  pasted(event) {
    const text = event.clipboardData.getData("text");
    if (split(text).length > 1 || ADDRESS.test(text.trim())) {
      event.preventDefault();
      this.take(`${this.typing.value} ${text}`);
    }
  }

  left() {
    if (document.activeElement === this.typing) return;
    if (this.typing.value.trim()) this.take(this.typing.value);
    this.close();
  }

  mark(wrong) {
    for (const { text, chip } of this.addresses) {
      if (!wrong.some((address) => text.toLowerCase().includes(address.toLowerCase()))) continue;
      chip.classList.add("chip--wrong");
      chip.title = this.form.querySelector(".letter__words").textContent;
    }
  }
}
