// deeds.js: what a key can ask for, by the names of webmail/shortcuts.py. A module that can do something says so with
// on("archive", …); otherwise the button on the page that carries data-do="archive" is pressed.
const known = new Map();

export const on = (name, deed) => known.set(name, deed);

// True when something was done; `false` from a deed means: not here.
export function run(name, event) {
  const deed = known.get(name);
  if (deed) return deed(event) !== false;
  return press(name);
}

const isShown = (item) => item.offsetParent !== null || item.getClientRects().length > 0;
const chosen = () => document.querySelector(".row__tick:checked");
const open = () => document.querySelector("[data-thread]");
const cursor = () => document.querySelector(".row--cursor, .row--open");

// On what is chosen, or on what is open, or on the row under the cursor.
export function press(name) {
  if (!chosen() && !open() && cursor() && document.querySelector(`.list__actions [data-do~="${name}"]`)) {
    cursor().querySelector(".row__tick").click();
  }
  const place = chosen() ? ".list__actions" : open() ? ".reading" : "body";
  const item = [...document.querySelectorAll(`${place} [data-do~="${name}"]`)].findLast((one) => place !== "body" || isShown(one));
  if (!item) return false;
  if (item.matches("summary")) unfold(item.parentElement);
  else item.click();
  return true;
}

export function unfold(details) {
  details.open = true;
  for (const item of details.querySelectorAll("[data-scripted]")) item.hidden = false; // what is typed next is meant for it
  details.querySelector(".menu__panel :is(input, .menu__item)")?.focus();
}
