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

if (document.querySelector(".shell")) for (const mount of [events, notify, panels, rail, seek, shortcuts, compose]) mount(document);
