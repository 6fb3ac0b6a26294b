// drag.js: rows onto folders and labels, labels onto rows, folders into folders. Each of these is in a menu as well
// (v and l, and the menus of the right button), so the keyboard can do it too.
import { send } from "./act.js";
import { base } from "./http.js";
import { refreshRail } from "./rail.js";
import { chosen, list, row } from "./rows.js";

const PLACES = ".folder[data-folder]:not([aria-current]), .folder[data-tag]";
let dragged = null; // {rows} or {tag} or {folder}

function target(event) {
  if (dragged?.tag) return event.target.closest?.("#rows > .row");
  if (dragged?.folder) {
    const place = event.target.closest?.(".folder[data-folder], [data-drop-top]");
    return place && place.dataset.folder !== dragged.folder ? place : null;
  }
  return dragged ? event.target.closest?.(PLACES) : null;
}

function clear(root, but) {
  for (const name of ["folder--drop", "row--drop"]) {
    for (const other of root.querySelectorAll(`.${name}`)) if (other !== but) other.classList.remove(name);
  }
}

function form(fields) {
  const data = new FormData(document.getElementById("selection"));
  for (const name of ["conversation", "label", "new_label"]) data.delete(name);
  for (const [name, value] of fields) data.append(name, value);
  return data;
}

async function drop(place) {
  if (dragged.folder) {
    const data = new FormData(document.getElementById("fold"));
    data.set("target", place.dataset.folder ?? "");
    await send(`${base}/folders/${dragged.folder}/into/`, data);
    await refreshRail();
    return;
  }
  const url = document.getElementById("selection").getAttribute("action");
  const ids = dragged.rows ?? (chosen().includes(place.dataset.conversation) ? chosen() : [place.dataset.conversation]);
  const fields = ids.map((id) => ["conversation", id]);
  if (dragged.tag) await send(url, form([...fields, ["label", dragged.tag]]), ids);
  else if (place.dataset.tag) await send(url, form([...fields, ["label", place.dataset.tag]]), ids);
  else {
    for (const id of ids) row(id)?.classList.add("row--gone");
    await send(url, form([...fields, ["move", place.dataset.folder]]), ids);
  }
}

export function mount(root) {
  root.addEventListener("pointerdown", (event) => {
    const item = event.target.closest?.("#rows > .row");
    if (item && event.pointerType === "mouse") item.draggable = true;
  });
  root.addEventListener("dragstart", (event) => {
    const item = event.target.closest?.("#rows > .row");
    const link = event.target.closest?.(".folder[data-folder], .folder[data-tag]");
    if ("unified" in (list()?.dataset ?? {}) && !link?.dataset.folder) return; // folders and labels are of one account
    if (item) {
      const all = chosen();
      dragged = { rows: all.includes(item.dataset.conversation) ? all : [item.dataset.conversation] };
      event.dataTransfer.setData("text/plain", item.querySelector(".row__subject").textContent);
    } else if (link?.dataset.tag) dragged = { tag: link.dataset.tag };
    else if (link && !link.dataset.use) dragged = { folder: link.dataset.folder };
    else return;
    event.dataTransfer.effectAllowed = "copyMove";
  });
  root.addEventListener("dragover", (event) => {
    if (!dragged) return;
    const place = target(event);
    clear(root, place);
    if (!place) return;
    place.classList.add(place.matches(".row") ? "row--drop" : "folder--drop");
    event.preventDefault();
  });
  root.addEventListener("drop", (event) => {
    const place = dragged && target(event);
    if (!place) return;
    event.preventDefault();
    drop(place);
  });
  root.addEventListener("dragend", () => {
    dragged = null;
    clear(root);
  });
}
