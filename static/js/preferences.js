// preferences.js: what is changed is saved at once, with a quiet word. Without scripts there is a button.
import { post } from "./http.js";

const LOOKS = ["theme", "density", "pane", "accent", "font_size", "endless"];

function say(field, text, wrong = false) {
  const line = field.closest(".line");
  line?.querySelector(".saved")?.remove();
  const word = document.createElement("span");
  word.className = wrong ? "saved saved--wrong" : "saved";
  word.setAttribute("role", "status");
  (line?.querySelector(".line__label") ?? field.parentElement).after(" ", word);
  word.textContent = text;
  if (!wrong) setTimeout(() => word.remove(), 2500);
}

function show(name, value) {
  if (!LOOKS.includes(name)) return;
  const as = { yes: "on", no: "off" }[value] ?? value;
  document.documentElement.dataset[name === "font_size" ? "fontSize" : name] = as;
  document.dispatchEvent(new CustomEvent("mail:appearance"));
}

async function save(form, field) {
  const data = new FormData();
  const value = field.type === "checkbox" ? (field.checked ? "yes" : "no") : field.value;
  data.set("csrfmiddlewaretoken", form.querySelector("[name=csrfmiddlewaretoken]").value);
  data.set("name", field.name);
  data.set("value", value);
  show(field.name, value);
  let answer;
  try {
    answer = await post(form.dataset.autosave, data);
  } catch {
    answer = { ok: false };
  }
  say(field, answer.ok ? form.dataset.saved : form.dataset.unsaved, !answer.ok);
  if (answer.ok && field.name === "language") location.reload();
}

for (const form of document.querySelectorAll("form[data-autosave]")) {
  form.querySelector("[data-plain]").hidden = true;
  form.addEventListener("change", (event) => save(form, event.target));
  form.addEventListener("submit", (event) => event.preventDefault());
}
