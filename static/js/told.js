// told.js: <form data-told> is sent in place, and what came of it is told at the foot of the page.
import { post } from "./http.js";
import { say, toast } from "./toast.js";

export function mount(root) {
  root.addEventListener("submit", async (event) => {
    const form = event.target.closest("form[data-told]");
    if (!form) return;
    event.preventDefault();
    const button = event.submitter;
    if (button) button.disabled = true;
    try {
      toast((await post(form.getAttribute("action"), new FormData(form))).html);
    } catch {
      say(document.getElementById("toasts").dataset.offline, "danger");
    }
    if (button) button.disabled = false;
  });
}
