// mail.js: what a page with mail on it has.
import { mount as act } from "./act.js";
import { mount as cursor } from "./cursor.js";
import { mount as divider } from "./divider.js";
import { mount as drag } from "./drag.js";
import { mount as frames } from "./frames.js";
import { mount as lightbox } from "./lightbox.js";
import { mount as told } from "./told.js";
import { mount as reading } from "./reading.js";
import { mount as rows } from "./rows.js";
import { mount as selection } from "./selection.js";

if (document.querySelector("#list, #reading, [data-message]")) for (const mount of [rows, selection, reading, act, cursor, divider, frames, drag, lightbox, told]) mount(document);
