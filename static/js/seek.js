// seek.js: brings search.js when somebody goes to the search box, or when a page has something of it to show.
export function mount(root) {
  const box = root.querySelector(".seek__input");
  if (!box) return;
  let module;
  const load = () => (module ??= import("./search.js").then(({ mount }) => mount(document)));
  box.addEventListener("focus", load);
  if (document.activeElement === box || root.querySelector("[data-finding], [data-saved-counts]")) load();
}
