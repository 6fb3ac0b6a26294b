// lightbox.js: pictures among the attachments, one after the other, over the page. Without it each opens in a tab.
export function show(link) {
  const template = link.closest("[data-gallery]").querySelector("template[data-lightbox]");
  const links = [...link.closest("[data-gallery]").querySelectorAll("a[data-picture]")];
  const dialog = template.content.cloneNode(true).firstElementChild;
  const find = (name) => dialog.querySelector(`[data-${name}]`);
  let at = links.indexOf(link);
  const turn = (step) => {
    at = (at + step + links.length) % links.length;
    const name = links[at].textContent.trim();
    find("image").src = links[at].href;
    find("image").alt = name;
    find("name").textContent = links.length > 1 ? `${name} (${at + 1} / ${links.length})` : name;
    find("save").href = links[at].href.replace("?open=1", "");
  };
  const rtl = document.documentElement.dir === "rtl";
  const keys = { ArrowRight: rtl ? -1 : 1, ArrowLeft: rtl ? 1 : -1, j: 1, n: 1, k: -1, p: -1, " ": 1 };
  dialog.addEventListener("keydown", (event) => {
    event.stopPropagation(); // the page's own keys rest meanwhile
    if (!(event.key in keys) || (event.key === " " && event.target.closest("a, button"))) return;
    event.preventDefault();
    turn(keys[event.key]);
  });
  dialog.addEventListener("click", (event) => {
    if (event.target.closest("[data-before]")) turn(-1);
    else if (event.target.closest("[data-after]")) turn(1);
    else if (event.target.closest("[data-close]") || event.target === dialog) dialog.close();
  });
  dialog.addEventListener("close", () => {
    dialog.remove();
    link.focus();
  });
  for (const button of dialog.querySelectorAll("[data-before], [data-after]")) button.hidden = links.length < 2;
  document.body.append(dialog);
  turn(0);
  dialog.showModal();
}
