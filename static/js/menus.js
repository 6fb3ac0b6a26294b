// menus.js: <details class="menu"> closes when one clicks elsewhere, presses Escape or has chosen; arrows walk its items.
const open = () => document.querySelectorAll("details.menu[open]");

export function mount(root) {
  root.addEventListener("click", (event) => {
    for (const menu of open()) if (!menu.contains(event.target)) menu.open = false;
  });
  root.addEventListener("submit", (event) => {
    for (const menu of open()) if (menu.contains(event.submitter)) menu.open = false;
  });
  root.addEventListener("keydown", (event) => {
    const menu = event.target.closest?.("details.menu[open]");
    if (event.key === "Escape") {
      for (const each of open()) {
        each.open = false;
        if (each === menu) each.querySelector("summary").focus();
      }
    }
    if (!menu || !["ArrowDown", "ArrowUp", "Home", "End"].includes(event.key)) return;
    const items = [...menu.querySelectorAll(".menu__item")].filter((item) => item.offsetParent);
    const at = items.indexOf(document.activeElement);
    const next = { ArrowDown: at + 1, ArrowUp: at < 0 ? -1 : at - 1, Home: 0, End: -1 }[event.key];
    items.at(next % items.length)?.focus();
    event.preventDefault();
  });
  root.addEventListener(
    "toggle",
    (event) => {
      if (event.target.matches?.("details.menu[open]")) {
        for (const menu of open()) if (menu !== event.target) menu.open = false;
      }
    },
    true,
  );
}
