// told.js: <form data-told> is sent in place, and what came of it is told at the foot of the page.
import { fragment } from "./html.js";
import { get, post } from "./http.js";
import { say, toast } from "./toast.js";

export function mount(root) {
  root.addEventListener("submit", async (event) => {
    const form = event.target.closest("form[data-told]");
    if (!form) return;
    event.preventDefault();
    const button = event.submitter;
    if (button) button.disabled = true;
    try {
      toast((await post(form.getAttribute("action"), new FormData(form, button))).html);
    } catch {
      say(document.getElementById("toasts").dataset.offline, "danger");
    }
    if (button) button.disabled = false;
    if (form.dataset.again) again(form);
  });
}

// What the form changed is in its message: drawn anew.
async function again(form) {
  const answer = await get(form.dataset.again);
  const fresh = answer.ok && fragment(answer.html).firstElementChild;
  const old = form.closest(".message");
  if (!fresh || !old) return;
  old.replaceWith(fresh);
  fresh.dispatchEvent(new CustomEvent("mail:placed", { bubbles: true }));
  fresh.focus({ preventScroll: true });
}
