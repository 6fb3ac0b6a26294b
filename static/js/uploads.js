// uploads.js — files that are chosen, dropped or pasted go up at once, each with its progress and a way to stop it and
// to try again. Without this module they travel with the form.
import { fragment } from "./html.js";

export function mount(form, { onTrouble, onPicture }) {
  const desk = new Desk(form, onTrouble);
  const picker = form.querySelector(".letter__picker");
  picker.addEventListener("change", () => {
    desk.take([...picker.files]);
    picker.value = "";
  });
  form.querySelector(".letter__files").addEventListener("click", (event) => desk.clicked(event));
  form.addEventListener("paste", (event) => {
    const files = [...event.clipboardData.files];
    if (!files.length || event.defaultPrevented || event.target.closest("[contenteditable]")) return;
    event.preventDefault();
    desk.take(files);
  });
  dropping(form, desk, onPicture);
}

export function picture(form, file) {
  const data = new FormData();
  data.append("file", file, file.name || "picture.png");
  data.append("inline", "1");
  return fetch(form.dataset.attach, { method: "POST", body: data, headers: headers(form) }).then((answer) => answer.json());
}

const headers = (form) => ({ "X-Fragment": "1", "X-CSRFToken": form.elements.csrfmiddlewaretoken.value });

const UNITS = ["B", "KB", "MB", "GB"];
const short = (octets) => {
  const power = Math.min(3, Math.floor(Math.log(Math.max(octets, 1)) / Math.log(1000)));
  const number = new Intl.NumberFormat(document.documentElement.lang, { maximumFractionDigits: power > 1 ? 1 : 0 });
  return `${number.format(octets / 1000 ** power)} ${UNITS[power]}`;
};

class Desk {
  constructor(form, onTrouble) {
    Object.assign(this, { form, onTrouble });
    this.list = form.querySelector(".letter__files");
    this.words = form.dataset;
    form.uploading = new Set();
  }

  get limit() {
    return Number(this.words.limit);
  }

  // What is here already, and what is on its way.
  get used() {
    return Number(this.words.used) + [...this.form.uploading].reduce((sum, { size }) => sum + size, 0);
  }

  take(files) {
    for (const file of files) {
      if (this.used + file.size > this.limit) {
        const { wordTooBig } = this.words;
        const said = { name: file.name, size: short(file.size), limit: short(this.limit), used: short(this.used) };
        this.onTrouble(wordTooBig.replace(/\{(\w+)\}/g, (_, name) => said[name]));
      } else this.send(file);
    }
  }

  async clicked(event) {
    const button = event.target.closest("[data-remove]");
    if (!button) return;
    event.preventDefault();
    button.disabled = true;
    const answer = await fetch(button.dataset.remove, { method: "POST", headers: headers(this.form) }).catch(() => ({}));
    if (!answer.ok) return void (button.disabled = false);
    const item = button.closest("li");
    this.words.used = this.used - Number(item.dataset.size);
    item.remove();
  }

  send(file) {
    const item = document.createElement("li");
    item.className = "paper";
    const name = document.createElement("bdi");
    name.className = "paper__name";
    name.textContent = file.name;
    const size = document.createElement("span");
    size.className = "paper__size";
    size.textContent = short(file.size);
    const progress = document.createElement("progress");
    progress.className = "paper__progress";
    progress.max = 1;
    progress.value = 0;
    progress.setAttribute("aria-label", file.name);
    const stop = document.createElement("button");
    stop.type = "button";
    stop.className = "icon-button paper__remove";
    stop.setAttribute("aria-label", this.words.wordStop.replace("{name}", file.name));
    stop.textContent = "✕";
    item.append(name, size, stop, progress);
    this.list.append(item);

    const request = new XMLHttpRequest(); // fetch cannot tell how far an upload is
    const travelling = { size: file.size, request };
    this.form.uploading.add(travelling);
    stop.addEventListener("click", () => {
      request.abort();
      item.remove();
    });
    request.upload.addEventListener("progress", (event) => event.lengthComputable && (progress.value = event.loaded / event.total));
    request.addEventListener("load", () => {
      const answer = parsed(request.responseText);
      if (request.status === 200 && answer.item) {
        item.replaceWith(fragment(answer.item));
        this.words.used = Number(this.words.used) + file.size;
      } else this.failed(item, file, answer.problem);
    });
    request.addEventListener("error", () => this.failed(item, file));
    request.addEventListener("loadend", () => this.form.uploading.delete(travelling));
    request.open("POST", this.words.attach);
    for (const [header, value] of Object.entries(headers(this.form))) request.setRequestHeader(header, value);
    const data = new FormData();
    data.append("file", file);
    request.send(data);
  }

  failed(item, file, problem = this.words.wordUploadFailed.replace("{name}", file.name)) {
    item.classList.add("paper--failed");
    item.querySelector("progress").remove();
    const again = document.createElement("button");
    again.type = "button";
    again.className = "button button--quiet paper__again";
    again.textContent = this.words.wordAgain;
    again.addEventListener("click", () => {
      item.remove();
      this.take([file]);
    });
    item.querySelector(".paper__remove").before(again);
    this.onTrouble(problem);
  }
}

const parsed = (text) => {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
};

// Files may be let go anywhere in the window: the letter that was written in last takes them. A picture that is let go
// over formatted text becomes part of it.
let last = null;

function dropping(form, desk, onPicture) {
  const hasFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
  const isMeant = (event) => form.isConnected && !form.closest(".dock--small") && hasFiles(event)
    && (form.contains(event.target) || (last?.isConnected ? last === form && !event.target.closest?.("form.letter") : !event.target.closest?.("form.letter")));
  let depth = 0;
  const show = () => form.classList.toggle("letter--dropping", depth > 0);
  const on = (name, act) => document.addEventListener(name, function listen(event) {
    if (!form.isConnected) return document.removeEventListener(name, listen, true);
    if (isMeant(event)) act(event);
  }, true);
  form.addEventListener("focusin", () => (last = form));
  last = form;
  on("dragenter", () => {
    depth += 1;
    show();
  });
  on("dragleave", () => {
    depth = Math.max(0, depth - 1);
    show();
  });
  on("dragover", (event) => event.preventDefault());
  on("drop", (event) => {
    event.preventDefault();
    event.stopPropagation();
    depth = 0;
    show();
    const files = [];
    for (const item of event.dataTransfer.items) {
      const file = item.kind === "file" ? item.getAsFile() : null;
      if (item.webkitGetAsEntry?.()?.isDirectory) desk.onTrouble(form.dataset.wordFolder.replace("{name}", file?.name ?? ""));
      else if (file) files.push(file);
    }
    const isInText = event.target.closest?.("[contenteditable]");
    const pictures = isInText ? files.filter((file) => /^image\/(png|jpeg|gif|webp)$/.test(file.type)) : [];
    pictures.forEach(onPicture);
    desk.take(files.filter((file) => !pictures.includes(file)));
  });
}
