// shell.js: what every signed-in page has: the live feed, the keys, the composer.
import { mount as compose } from "./compose.js";
import { mount as events } from "./events.js";
import { mount as notify } from "./notify.js";
import { mount as panels } from "./panels.js";
import { mount as rail } from "./rail.js";
import { mount as seek } from "./seek.js";
import { mount as shortcuts } from "./shortcuts.js";

// What a button [data-snooze] opens is loaded when it is pressed.
document.addEventListener(
  "click",
  async (event) => {
    const button = event.target.closest?.("[data-snooze]");
    if (!button?.form) return;
    event.preventDefault();
    (await import("./later.js")).open(button);
  },
  true,
);

// Who is that? The card beside a name is loaded when somebody first points at one.
let who;
let isThere = false;
for (const kind of ["pointerover", "click"])
  document.addEventListener(kind, async (event) => {
    const target = event.target.closest?.(kind === "click" ? "a[data-card]" : "[data-card]");
    if (!target || isThere || event.ctrlKey || event.metaKey || event.shiftKey || event.defaultPrevented) return;
    if (kind === "click") event.preventDefault();
    else if (event.pointerType !== "mouse") return;
    const people = await (who ??= import("./people.js"));
    if (!isThere) people.mount(document);
    isThere = true;
    if (kind === "click") people.show(target);
    else people.later(target);
  });

if (document.querySelector(".shell")) for (const mount of [events, notify, panels, rail, seek, shortcuts, compose]) mount(document);
