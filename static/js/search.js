// search.js: suggestions while one types, and what the page of results learns after it is there.
// The box works without it: it is a form. Pattern: ARIA combobox with a listbox; the focus stays in the box.
import { set } from "./html.js";
import { base, get, post } from "./http.js";

const WAIT = 120; // milliseconds without a key before we ask

export function mount(root) {
  const form = root.querySelector(".seek");
  if (form) {
    styled(form.dataset.css);
    combobox(form);
  }
  results(root);
  root.addEventListener("mail:placed", () => results(root));
  counts(root);
}

function styled(place) {
  if (document.querySelector(`link[href="${place}"]`)) return;
  document.head.append(Object.assign(document.createElement("link"), { rel: "stylesheet", href: place }));
}

function combobox(form) {
  const box = form.querySelector(".seek__input");
  const panel = document.createElement("div");
  panel.className = "seek__panel";
  panel.hidden = true;
  form.append(panel);
  let asked = 0;
  let timer = 0;
  let typed = box.value;

  for (const [name, value] of Object.entries({ role: "combobox", "aria-expanded": "false", "aria-controls": "seek-list", "aria-autocomplete": "list" })) {
    box.setAttribute(name, value);
  }

  const options = () => [...panel.querySelectorAll("[role=option]")];
  const active = () => panel.querySelector("[aria-selected=true]");

  function close() {
    asked += 1;
    clearTimeout(timer);
    panel.hidden = true;
    box.setAttribute("aria-expanded", "false");
    box.removeAttribute("aria-activedescendant");
  }

  async function ask() {
    const number = ++asked;
    const answer = await get(`${base}/search/suggest/?q=${encodeURIComponent(box.value)}`).catch(() => null);
    if (number !== asked || !answer?.ok || document.activeElement !== box) return;
    set(panel, answer.html);
    box.removeAttribute("aria-activedescendant");
    panel.hidden = !options().length;
    box.setAttribute("aria-expanded", String(!panel.hidden));
  }

  function choose(option) {
    active()?.setAttribute("aria-selected", "false");
    if (!option) {
      box.removeAttribute("aria-activedescendant");
      box.value = typed;
      return;
    }
    option.setAttribute("aria-selected", "true");
    option.scrollIntoView({ block: "nearest" });
    box.setAttribute("aria-activedescendant", option.id);
  }

  function take(option) {
    if (option.dataset.fill === undefined) {
      location.assign(option.href);
      return;
    }
    box.value = typed = option.dataset.fill;
    box.focus();
    ask();
  }

  box.addEventListener("input", () => {
    typed = box.value;
    clearTimeout(timer);
    timer = setTimeout(ask, WAIT);
  });
  box.addEventListener("focus", () => {
    if (panel.hidden) timer = setTimeout(ask, WAIT);
  });
  box.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    const all = options();
    const at = all.indexOf(active());
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (panel.hidden) return void ask();
      const next = event.key === "ArrowDown" ? at + 1 : at < 0 ? all.length - 1 : at - 1;
      choose(all[next]);
    } else if (event.key === "Enter" && active() && !panel.hidden) {
      event.preventDefault();
      take(active());
    } else if (event.key === "Escape" && !panel.hidden) {
      event.preventDefault();
      event.stopPropagation();
      close();
    } else if (event.key === "Tab") {
      close();
    }
  });
  box.addEventListener("blur", () => setTimeout(() => panel.contains(document.activeElement) || close(), 150));
  if (document.activeElement === box) timer = setTimeout(ask, WAIT);
  panel.addEventListener("mousedown", (event) => event.preventDefault()); // the focus stays where it is
  panel.addEventListener("click", async (event) => {
    const option = event.target.closest("[role=option]");
    if (option && !event.ctrlKey && !event.metaKey && option.dataset.fill !== undefined) {
      event.preventDefault();
      take(option);
    }
  });
  panel.addEventListener("submit", async (event) => {
    event.preventDefault();
    event.stopPropagation();
    await post(event.target.getAttribute("action"), new FormData(event.target));
    box.focus();
    ask();
  });
}

// The search is remembered, the rest is counted, and the count put beside the heading.
function results(root) {
  const place = root.querySelector("[data-finding]:not([data-done])");
  if (!place) return;
  place.dataset.done = "1";
  const isFirst = document.getElementById("list")?.hasAttribute("data-live");
  if (place.dataset.query && isFirst) {
    const data = new FormData();
    data.append("q", place.dataset.query);
    post(place.dataset.recent, data).catch(() => {});
  }
  rest(root.querySelector("[data-more-found]"));
}

async function rest(line) {
  if (!line) return;
  const answer = await get(line.dataset.moreFound).catch(() => null);
  if (!answer?.ok) return;
  set(line, answer.html);
  const found = line.querySelector("[data-found]")?.dataset.found;
  const total = document.querySelector("#list [data-total]");
  if (found && total) total.textContent = found;
  line.hidden = !line.textContent.trim();
}

// The rail shows what was counted last; it is counted again when the page is there, and when the rail is drawn anew.
async function counts(root) {
  const list = root.querySelector("[data-saved-counts]");
  if (!list || list.dataset.counted) return;
  list.dataset.counted = "1";
  const answer = await get(list.dataset.savedCounts).catch(() => null);
  if (answer?.ok) set(list, answer.html);
}

const rail = document.getElementById("folders");
if (rail) new MutationObserver(() => counts(document)).observe(rail, { childList: true });
