// uploads.js — files that are chosen, dropped or pasted go up at once, each with its progress and a way to stop it.
// Without this module they travel with the form.
import { fragment } from "./html.js";

export function mount(form, { onChange, onTrouble }) {
  const list = form.querySelector(".letter__files");
  const picker = form.querySelector(".letter__picker");
  picker.addEventListener("change", () => {
    for (const file of picker.files) send(form, list, file, onChange, onTrouble);
    picker.value = "";
  });
  list.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-remove]");
    if (!button) return;
    event.preventDefault();
    button.disabled = true;
    const answer = await fetch(button.dataset.remove, { method: "POST", headers: headers(form) });
    if (answer.ok) {
      button.closest("li").remove();
      onChange(await answer.json());
    } else button.disabled = false;
  });
  dropping(form, (files) => files.forEach((file) => send(form, list, file, onChange, onTrouble)));
}

export function picture(form, file) {
  const data = new FormData();
  data.append("file", file, file.name || "picture.png");
  data.append("inline", "1");
  return fetch(form.dataset.attach, { method: "POST", body: data, headers: headers(form) }).then((answer) => answer.json());
}

const headers = (form) => ({ "X-Fragment": "1", "X-CSRFToken": form.elements.csrfmiddlewaretoken.value });

function send(form, list, file, onChange, onTrouble) {
  if (file.size > Number(form.dataset.limit)) return onTrouble(form.dataset.wordTooBig);
  const item = document.createElement("li");
  item.className = "paper";
  const name = document.createElement("bdi");
  name.className = "paper__name";
  name.textContent = file.name;
  const progress = document.createElement("progress");
  progress.className = "paper__progress";
  progress.max = 1;
  progress.value = 0;
  progress.setAttribute("aria-label", file.name);
  const stop = document.createElement("button");
  stop.type = "button";
  stop.className = "icon-button paper__remove";
  stop.setAttribute("aria-label", `✕ ${file.name}`);
  stop.textContent = "✕";
  item.append(name, stop, progress);
  list.append(item);

  const request = new XMLHttpRequest(); // fetch cannot tell how far an upload is
  form.uploading = (form.uploading ?? new Set()).add(request);
  stop.addEventListener("click", () => {
    request.abort();
    item.remove();
  });
  request.upload.addEventListener("progress", (event) => event.lengthComputable && (progress.value = event.loaded / event.total));
  request.addEventListener("load", () => {
    const answer = parsed(request.responseText);
    if (request.status === 200 && answer.item) {
      item.replaceWith(fragment(answer.item));
      onChange(answer);
    } else {
      item.classList.add("paper--failed");
      progress.remove();
      onTrouble(answer.problem ?? file.name);
    }
  });
  request.addEventListener("error", () => {
    item.classList.add("paper--failed");
    progress.remove();
    onTrouble(form.dataset.wordUnsaved);
  });
  request.addEventListener("loadend", () => form.uploading.delete(request));
  request.open("POST", form.dataset.attach);
  for (const [header, value] of Object.entries(headers(form))) request.setRequestHeader(header, value);
  const data = new FormData();
  data.append("file", file);
  request.send(data);
}

const parsed = (text) => {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
};

function dropping(form, take) {
  const hasFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
  let depth = 0;
  const show = () => form.classList.toggle("letter--dropping", depth > 0);
  form.addEventListener("dragenter", (event) => {
    if (!hasFiles(event)) return;
    depth += 1;
    show();
  });
  form.addEventListener("dragleave", (event) => {
    if (!hasFiles(event)) return;
    depth = Math.max(0, depth - 1);
    show();
  });
  form.addEventListener("dragover", (event) => hasFiles(event) && event.preventDefault());
  form.addEventListener("drop", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    event.stopPropagation();
    depth = 0;
    show();
    take([...event.dataTransfer.files]);
  }, true);
}
