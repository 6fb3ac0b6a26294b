// panels.js: what opens at a click and is loaded only then: menus to choose labels and folders from, menus of the right
// button, the popover of a press on the menu key.
export function mount(root) {
  root.addEventListener(
    "toggle",
    async (event) => {
      if (event.target.matches?.("details[data-pick][open]")) (await import("./pick.js")).open(event.target);
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
