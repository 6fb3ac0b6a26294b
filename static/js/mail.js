// mail.js: what a page with mail on it has.
import { mount as act } from "./act.js";
import { mount as ahead } from "./ahead.js";
import { mount as cursor } from "./cursor.js";
import { mount as divider } from "./divider.js";
import { mount as drag } from "./drag.js";
import { mount as frames } from "./frames.js";
import { mount as told } from "./told.js";
import { mount as reading } from "./reading.js";
import { mount as rows } from "./rows.js";
import { mount as selection } from "./selection.js";

// Pictures open over the page; what shows them is loaded with the first.
async function pictures(event) {
  const link = event.target.closest?.("a[data-picture]");
  if (event.ctrlKey || event.metaKey || event.shiftKey || event.button || !link?.closest("[data-gallery]").querySelector("template[data-lightbox]")) return;
  event.preventDefault();
  (await import("./lightbox.js")).show(link);
}

if (document.querySelector("#list, #reading, [data-message]")) {
  for (const mount of [rows, selection, reading, ahead, act, cursor, divider, frames, drag, told]) mount(document);
  document.addEventListener("click", pictures);
  if (matchMedia("(any-pointer: coarse)").matches && document.getElementById("list")) import("./touch.js").then(({ mount }) => mount(document.getElementById("main")));
}
