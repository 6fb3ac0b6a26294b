// dialogs.js: buttons that open a <dialog>; a click beside it closes it.
export function mount(root) {
  for (const button of root.querySelectorAll("[data-opens]")) button.hidden = false;
  root.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-opens]");
    if (button) document.querySelector(button.dataset.opens)?.showModal();
    if (event.target.matches?.("dialog.sheet") && event.target.open) {
      const box = event.target.getBoundingClientRect();
      const inside = event.clientX > box.left && event.clientX < box.right && event.clientY > box.top && event.clientY < box.bottom;
      if (!inside) event.target.close();
    }
  });
}
