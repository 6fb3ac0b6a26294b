// rail.js: the folders and labels with their counters, drawn again by the server; folding them away.
import { set } from "./html.js";
import { base, get, post } from "./http.js";

const box = () => document.getElementById("folders");

export async function refreshRail() {
  const here = box()?.querySelector("[aria-current]");
  if (!box()) return;
  const query = new URLSearchParams();
  if (here?.dataset.folder) query.set("in", here.dataset.folder);
  if (here && "everyInbox" in here.dataset) query.set("unified", "1");
  if (here?.dataset.tag) query.set("in_label", here.dataset.tag);
  const answer = await get(`${base}/folders/rail/?${query}`);
  if (answer.ok) place(answer.html);
}

// Whoever stands on a folder goes on standing on it.
function place(html) {
  const focused = box().contains(document.activeElement) ? document.activeElement : null;
  const [name, value] = focused?.name === "fold" ? ["value", focused.value] : ["href", focused?.getAttribute("href")];
  set(box(), html);
  if (focused && value) box().querySelector(`[${name}="${CSS.escape(value)}"]`)?.focus();
}

export function mount(root) {
  root.addEventListener("submit", async (event) => {
    const form = event.target.closest?.("form[data-fold]");
    if (!form) return;
    event.preventDefault();
    const answer = await post(form.getAttribute("action"), new FormData(form, event.submitter));
    if (answer.ok) place(answer.html);
  });
}
