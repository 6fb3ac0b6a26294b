// later.js: the snooze dialog. A button [data-snooze] names what it is about by the form it belongs to; the offers come
// from the server, which knows what "tomorrow morning" means here. Without scripts the same button leads to a page.
import { set } from "./html.js";
import { get } from "./http.js";
import { current } from "./reading.js";

const NOT_OURS = ["csrfmiddlewaretoken", "action", "when", "date", "time"];

let dialog = null;

function sheet() {
  if (dialog?.isConnected) return dialog;
  dialog = document.createElement("dialog");
  dialog.className = "sheet later";
  dialog.setAttribute("aria-labelledby", "later-title");
  document.body.append(dialog);
  return dialog;
}

function dressed(href) {
  if (document.querySelector(`link[href="${href}"]`)) return null;
  const link = document.createElement("link");
  [link.rel, link.href] = ["stylesheet", href];
  return new Promise((resolve) => {
    link.onload = link.onerror = resolve;
    document.head.append(link);
  });
}

// About what is chosen, or about one conversation alone.
export async function open(button, only = "") {
  button.closest("details.menu")?.removeAttribute("open");
  const named = [...new FormData(button.form)].filter(([name]) => !NOT_OURS.includes(name));
  const about = only ? [...named.filter(([name]) => !["conversation", "all"].includes(name)), ["conversation", only]] : named;
  const ids = about.filter(([name]) => name === "conversation").map(([, value]) => value);
  if (!ids.length) return;
  const query = ids.slice(0, 50).map((id) => `conversation=${encodeURIComponent(id)}`);
  const [answer] = await Promise.all([get(`${button.dataset.snooze}?${query.join("&")}`), dressed(button.dataset.css)]);
  if (!answer.ok) return;
  const box = sheet();
  set(box, answer.html);
  for (const form of box.querySelectorAll("form[data-later]")) {
    for (const [name, value] of about) {
      const field = document.createElement("input");
      [field.type, field.name, field.value] = ["hidden", name, value];
      form.append(field);
    }
    if (ids.length === 1 && current() === ids[0]) form.dataset.closes = "";
  }
  box.showModal();
  box.querySelector(".later__offer")?.focus();
}

document.addEventListener("submit", (event) => {
  if (event.target.matches?.("form[data-later]")) dialog?.close();
});
