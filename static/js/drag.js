// drag.js: rows are dragged onto folders. The same move is in every toolbar's menu, so the keyboard can do it too.
import { chosen } from "./rows.js";

const folder = (event) => event.target.closest?.(".folder[data-folder]:not([aria-current])");

export function mount(root) {
  root.addEventListener("pointerdown", (event) => {
    const row = event.target.closest?.(".row");
    if (row && event.pointerType === "mouse") row.draggable = true;
  });
  root.addEventListener("dragstart", (event) => {
    const row = event.target.closest?.(".row");
    if (!row) return;
    const tick = row.querySelector(".row__tick");
    if (!tick.checked && chosen().length === 0) row.dataset.dragged = "1";
    else tick.checked = true;
    event.dataTransfer.setData("text/plain", row.querySelector(".row__subject").textContent);
    event.dataTransfer.effectAllowed = "move";
  });
  root.addEventListener("dragover", (event) => {
    const target = folder(event);
    for (const other of root.querySelectorAll(".folder--drop")) if (other !== target) other.classList.remove("folder--drop");
    if (!target) return;
    target.classList.add("folder--drop");
    event.preventDefault();
  });
  root.addEventListener("drop", (event) => {
    const target = folder(event);
    if (!target) return;
    event.preventDefault();
    const alone = root.querySelector(".row[data-dragged]");
    if (alone) alone.querySelector(".row__tick").checked = true;
    const button = root.querySelector(`.list__actions [name=move][value="${target.dataset.folder}"]`);
    if (button) document.getElementById("selection").requestSubmit(button);
  });
  root.addEventListener("dragend", () => {
    for (const row of root.querySelectorAll(".row[data-dragged]")) delete row.dataset.dragged;
    for (const other of root.querySelectorAll(".folder--drop")) other.classList.remove("folder--drop");
  });
}
