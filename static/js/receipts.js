// receipts.js — a sender wants to know that a letter was opened: answered in place, or by itself where the reader said so.
import { post } from "./http.js";
import { toast } from "./toast.js";

async function answer(form, value) {
  const data = new FormData(form);
  data.set("answer", value);
  form.hidden = true;
  const told = await post(form.action, data);
  if (told.ok) toast(told.html);
  else form.hidden = false;
}

document.addEventListener("submit", (event) => {
  if (!event.target.matches("form[data-receipt]")) return;
  event.preventDefault();
  answer(event.target, event.submitter?.value ?? "ignore");
});

export function now(root) {
  for (const form of root.querySelectorAll('form[data-receipt="now"]:not([hidden])')) answer(form, "auto");
}
