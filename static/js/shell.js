// shell.js: what every signed-in page has: the live feed, the keys, the composer.
import { mount as compose } from "./compose.js";
import { mount as events } from "./events.js";
import { mount as shortcuts } from "./shortcuts.js";

for (const mount of [events, shortcuts, compose]) mount(document);
