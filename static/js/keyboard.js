// keyboard.js: the settings page of the keys: press what you want, it is kept and works at once, in every open tab.
import { set } from "./html.js";
import { post } from "./http.js";
import { named } from "./shortcuts.js";

const PAUSE = 900; // after it, another key is the first of a new one
const MODIFIERS = ["Shift", "Control", "Alt", "Meta", "Dead", "Process", "CapsLock"];
let last = 0;

// Tab leaves the field, Enter sends it, Backspace empties it: everything else is recorded.
function record(event) {
  const field = event.target;
  if (!field.matches?.("[data-record]") || event.isComposing || MODIFIERS.includes(event.key)) return;
  const key = named(event);
  if (["Tab", "Shift+Tab", "Enter"].includes(key)) return;
  event.preventDefault();
  event.stopPropagation();
  if (key === "Backspace") field.value = "";
  else if (field.value && event.timeStamp - last < PAUSE) field.value += ` ${key}`;
  else field.value = field.value && field.dataset.fresh !== undefined ? `${field.value} | ${key}` : key;
  field.dataset.fresh = "";
  last = event.timeStamp;
}

export function mount(root) {
  const box = root.getElementById("shortcut-settings");
  if (!box) return;
  box.addEventListener("keydown", record);
  box.addEventListener("focusin", (event) => delete event.target.dataset?.fresh);
  box.addEventListener("change", (event) => {
    if (event.target.name === "preset") event.target.form.requestSubmit();
  });
  box.addEventListener("submit", async (event) => {
    const form = event.target.closest("[data-keys-form]");
    if (!form) return;
    event.preventDefault();
    const line = form.dataset.line;
    const answer = await post(form.getAttribute("action"), new FormData(form, event.submitter));
    set(box, answer.html);
    (box.querySelector("[role=alert] button") ?? box.querySelector(`[data-line="${CSS.escape(line ?? "")}"] [data-record]`) ?? box.querySelector("[name=preset]:checked"))?.focus();
    const table = document.getElementById("keys-own")?.textContent;
    if (!table || !answer.ok) return;
    document.dispatchEvent(new CustomEvent("mail:keys", { detail: table }));
    if ("BroadcastChannel" in window) new BroadcastChannel("keys").postMessage(table);
  });
}

mount(document);
