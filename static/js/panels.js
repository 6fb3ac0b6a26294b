// panels.js: what opens at a click and is loaded only then: menus to choose labels and folders from, menus of the right
// button, the popover of a press on the menu key.
export function mount(root) {
  root.addEventListener(
    "toggle",
    async (event) => {
      const details = event.target;
      if (!details.matches?.("details[data-pick]")) return;
      if (details.open) (await import("./pick.js")).open(details);
      else details.querySelector(".pick__filter").value = "";
    },
    true,
  );
  // Who types faster than the menu's module comes has still chosen.
  root.addEventListener(
    "keydown",
    async (event) => {
      if (event.key !== "Enter" || !event.target.matches?.(".pick__filter") || event.isComposing) return;
      const details = event.target.closest("details");
      if (details.querySelector(".pick").dataset.ready) return;
      event.preventDefault();
      const { choose, open } = await import("./pick.js");
      open(details);
      choose(details);
    },
    true,
  );
  root.addEventListener("contextmenu", async (event) => {
    const row = event.target.closest?.("#rows > .row");
    const link = event.target.closest?.(".folder[data-folder], .folder[data-tag]");
    if ((!row && !link) || event.shiftKey || event.ctrlKey || String(getSelection())) return; // then the browser's own
    event.preventDefault();
    const { ofRow, ofFolder } = await import("./context.js");
    if (row) ofRow(row, event);
    else ofFolder(link, event);
  });
}
