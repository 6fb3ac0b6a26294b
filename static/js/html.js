// html.js: the one place where text becomes markup. What comes in is our own server's answer, which escapes and
// sanitises; the page's policy (`trusted-types fragments`) lets no other code do it.
const asIs = { createHTML: (text) => text, createScriptURL: (text) => text };

export const policy = window.trustedTypes ? window.trustedTypes.createPolicy("fragments", asIs) : asIs;

export function set(element, html) {
  element.innerHTML = policy.createHTML(html);
  element.dispatchEvent(new CustomEvent("mail:placed", { bubbles: true }));
}

export function fragment(html) {
  const template = document.createElement("template");
  template.innerHTML = policy.createHTML(html);
  return template.content;
}
