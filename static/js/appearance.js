// appearance.js: light, dark or as the system, changed in place; the cookie that the server sets keeps it.
import { post } from "./http.js";

export function mount(root) {
  root.addEventListener("submit", async (event) => {
    const form = event.target.closest("form[data-appearance]");
    if (!form || !event.submitter) return;
    event.preventDefault();
    const { name, value } = event.submitter;
    document.documentElement.dataset[name] = value;
    document.dispatchEvent(new CustomEvent("mail:appearance"));
    await post(form.getAttribute("action"), new FormData(form, event.submitter));
    for (const choice of form.querySelectorAll(`[aria-pressed][name="${name}"]`)) choice.setAttribute("aria-pressed", String(choice.value === value));
  });
}
