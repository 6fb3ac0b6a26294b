// rich_field.js — a formatted text in a form of the settings: a signature, a template. Without it, plain text.
import { open, toolbar } from "./editor.js";
import { answered, paragraphs } from "./letter_text.js";

for (const field of document.querySelectorAll("[data-rich-field]")) {
  const [plain, box] = field.querySelectorAll("textarea, .rich-field__text");
  const { html, is_rich: isRich } = field.closest("form").elements;
  const dialog = field.querySelector(".letter__link");
  const askLink = async (now) => {
    const input = dialog.querySelector("input");
    input.value = now;
    dialog.showModal();
    const answer = await answered(dialog);
    return answer === "" ? null : answer === "yes" ? input.value.trim() : "";
  };
  plain.hidden = true;
  field.querySelector(".rich-field").hidden = false;
  const editor = open(box, html.value || paragraphs(plain.value.replace(/\n$/, "")), { onInput: () => {}, onPicture: () => {} });
  const tools = field.querySelector("[data-tools]");
  tools.hidden = false;
  toolbar(tools, editor, { askLink, pickPicture: () => {} });
  isRich.value = "on";
  field.querySelector("label").addEventListener("click", () => editor.focus());
  field.closest("form").addEventListener("submit", () => {
    html.value = box.innerText.trim() ? editor.getHTML() : "";
  });
}
