// appearance.js: light, dark or as the system, changed in place; the cookie that the server sets keeps it.
import { post } from "./http.js";

// A button that folds something is the one that unfolds it next.
function turn(button) {
  if (!("other" in button.dataset)) return;
  [button.value, button.dataset.other] = [button.dataset.other, button.value];
  button.setAttribute("aria-expanded", String(button.getAttribute("aria-expanded") !== "true"));
}

export function mount(root) {
  root.addEventListener("submit", async (event) => {
    const form = event.target.closest("form[data-appearance]");
    if (!form || !event.submitter) return;
    event.preventDefault();
    const { name, value } = event.submitter;
    const data = new FormData(form, event.submitter);
    document.documentElement.dataset[name] = value;
    turn(event.submitter);
    document.dispatchEvent(new CustomEvent("mail:appearance"));
    await post(form.getAttribute("action"), data);
    for (const choice of form.querySelectorAll(`[aria-pressed][name="${name}"]`)) choice.setAttribute("aria-pressed", String(choice.value === value));
  });
}
