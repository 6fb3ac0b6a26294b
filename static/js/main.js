// main.js: what every page has; collectstatic joins it and what it imports into one file (webmail/static_files.py).
// Each module does one thing, keeps its state in the page, and the page works without it.
import { mount as appearance } from "./appearance.js";
import { mount as clock } from "./clock.js";
import { mount as dialogs } from "./dialogs.js";
import { mount as menus } from "./menus.js";
import { mount as offline } from "./offline.js";
import { mount as toasts } from "./toast.js";
import "./shell.js";
import "./mail.js";

for (const mount of [appearance, clock, dialogs, menus, offline, toasts]) mount(document);
