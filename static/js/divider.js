// divider.js: the line between list and reading pane, dragged or moved with the arrow keys; a cookie remembers where.
const LEAST = 20, MOST = 70, STEP = 2;
const page = document.documentElement;
const isBelow = () => page.dataset.pane === "below";

// In steps of two percent: shell.css has a rule for each, so that the server can send the right one.
function keep(divider, percent) {
  const kept = Math.min(MOST, Math.max(LEAST, Math.round(percent / STEP) * STEP));
  page.style.removeProperty("--split");
  page.dataset.split = kept;
  divider.setAttribute("aria-valuenow", kept);
  const secure = location.protocol === "https:" ? "; secure" : "";
  document.cookie = `split-${page.dataset.pane}=${kept}; path=/; max-age=31536000; samesite=lax${secure}`;
}

function at(event) {
  const box = document.getElementById("main").getBoundingClientRect();
  if (isBelow()) return ((event.clientY - box.top) / box.height) * 100;
  const along = ((event.clientX - box.left) / box.width) * 100;
  return page.dir === "rtl" ? 100 - along : along;
}

function share() {
  const [list, main] = ["list", "main"].map((id) => document.getElementById(id).getBoundingClientRect());
  return isBelow() ? (list.height / main.height) * 100 : (list.width / main.width) * 100;
}

export function mount(root) {
  const divider = root.querySelector("[data-divider]");
  if (!divider) return;
  divider.hidden = false;
  const turn = () => {
    divider.setAttribute("aria-orientation", isBelow() ? "horizontal" : "vertical");
    const cookie = document.cookie.match(new RegExp(`split-${page.dataset.pane}=(\\d+)`))?.[1];
    if (cookie) page.dataset.split = cookie;
    else delete page.dataset.split;
    if (divider.checkVisibility?.() ?? true) divider.setAttribute("aria-valuenow", Math.round(share()));
  };
  turn();
  root.addEventListener("mail:appearance", turn);
  divider.addEventListener("pointerdown", (event) => {
    divider.setPointerCapture(event.pointerId);
    divider.classList.add("divider--held");
  });
  divider.addEventListener("mousedown", (event) => {
    event.preventDefault(); // no selection of text begins, and none is dragged
    divider.focus();
  });
  divider.addEventListener("pointermove", (event) => {
    if (!divider.hasPointerCapture(event.pointerId)) return;
    page.style.setProperty("--split", `${Math.min(MOST, Math.max(LEAST, at(event)))}%`);
  });
  divider.addEventListener("pointerup", (event) => {
    divider.classList.remove("divider--held");
    if (page.style.getPropertyValue("--split")) keep(divider, at(event));
  });
  divider.addEventListener("keydown", (event) => {
    const forward = page.dir === "rtl" ? "ArrowLeft" : "ArrowRight";
    const back = page.dir === "rtl" ? "ArrowRight" : "ArrowLeft";
    const to = { [isBelow() ? "ArrowDown" : forward]: share() + STEP, [isBelow() ? "ArrowUp" : back]: share() - STEP, Home: LEAST, End: MOST }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    keep(divider, to);
  });
}
