// recipients.js — a field of addresses as chips, with people who were written to before offered below.
// The field itself stays in the form and holds what is sent; without this module one types into it.
import { get } from "./http.js";
import { set } from "./html.js";

const ADDRESS = /^[^\s@<>()[\],;:\\"]+@[^\s@<>()[\],;:\\"]+$|<[^\s@<>]+@[^\s@<>]+>$/u;

export function mount(root) {
  for (const row of root.querySelectorAll("[data-recipients]")) new Recipients(row);
}

// "Ann <a@x>, "Lee, Bob" <b@y>" → its addresses; a comma within quotes or brackets divides nothing.
export function split(text) {
  const found = [];
  let piece = "", quoted = false, bracketed = false;
  for (const letter of text.replace(/[\r\n]+/g, ",")) {
    if (letter === '"') quoted = !quoted;
    if (!quoted && letter === "<") bracketed = true;
    if (!quoted && letter === ">") bracketed = false;
    if (!quoted && !bracketed && (letter === "," || letter === ";")) {
      found.push(piece);
      piece = "";
    } else piece += letter;
  }
  return [...found, piece].map((one) => one.trim()).filter(Boolean);
}

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
    this.field.type = "hidden";
    this.field.after(this.typing);
    this.list = document.createElement("ul");
    this.list.className = "guesses";
    this.list.setAttribute("role", "listbox");
    this.list.id = `${this.typing.id}-people`;
    this.list.hidden = true;
    this.typing.setAttribute("aria-controls", this.list.id);
    row.append(this.list);
    this.addresses = [];
    for (const one of split(this.field.value)) this.add(one, true);
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
  }

  add(text, silently = false) {
    const chip = document.createElement("span");
    chip.className = ADDRESS.test(text) ? "chip" : "chip chip--wrong";
    chip.title = text;
    const name = document.createElement("bdi");
    name.className = "chip__name";
    name.textContent = text.replace(/\s*<[^>]*>$/, "").replace(/^"(.*)"$/, "$1") || text;
    const remove = document.createElement("button");
    remove.type = "button";
    remove.className = "chip__remove";
    remove.setAttribute("aria-label", `✕ ${text}`);
    remove.textContent = "✕";
    remove.addEventListener("click", () => {
      this.remove(chip);
      this.typing.focus();
    });
    chip.append(name, remove);
    this.addresses.push({ text, chip });
    this.typing.before(chip);
    this.store(silently);
  }

  remove(chip) {
    this.addresses = this.addresses.filter((one) => one.chip !== chip);
    chip.remove();
    this.store();
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

  async typed() {
    this.store();
    const text = this.typing.value.trim();
    if (/[,;]\s*$/.test(this.typing.value) && split(text).length) return this.take(text);
    if (text.length < 1) return this.close();
    const asked = (this.asked = (this.asked ?? 0) + 1);
    await new Promise((done) => setTimeout(done, 90));
    if (asked !== this.asked) return;
    const answer = await get(`${this.form.dataset.people}?q=${encodeURIComponent(text)}`);
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
    this.add(option.dataset.text);
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
    if (event.key === "ArrowDown" && pointed) {
      event.preventDefault();
      this.point(pointed.nextElementSibling ?? this.list.firstElementChild);
    } else if (event.key === "ArrowUp" && pointed) {
      event.preventDefault();
      this.point(pointed.previousElementSibling ?? this.list.lastElementChild);
    } else if (event.key === "Escape" && !this.list.hidden) {
      event.stopPropagation();
      this.close();
    } else if (event.key === "Enter" || event.key === "Tab") {
      if (event.ctrlKey || event.metaKey) return;
      if (pointed && this.typing.value.trim()) {
        event.preventDefault();
        this.choose(pointed);
      } else if (this.typing.value.trim()) {
        if (event.key === "Enter") event.preventDefault();
        this.take(this.typing.value);
      } else if (event.key === "Enter") event.preventDefault();
    } else if (event.key === "Backspace" && !this.typing.value && this.addresses.length) {
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
      if (wrong.some((address) => text.toLowerCase().includes(address.toLowerCase()))) chip.classList.add("chip--wrong");
    }
  }
}
