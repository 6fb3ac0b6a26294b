// pick.js: the menus of labels and of folders: type to filter, arrows to walk, Enter to choose. The ticks say what the
// chosen conversations carry; only what is changed is sent.
const items = (panel) => [...panel.querySelectorAll(".pick__item")].filter((item) => !item.hidden);
const plain = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLocaleLowerCase();

// What is carried: by all of them, by some, by none.
function look(panel) {
  const ticked = [...document.querySelectorAll(".row__tick:checked")].map((tick) => tick.closest(".row"));
  const open = document.querySelector("[data-thread]");
  const sources = panel.closest(".reading") ? [open] : ticked;
  const carried = sources.filter(Boolean).map((source) => new Set((source.dataset.labels ?? "").split(" ")));
  const isEvery = !panel.closest(".reading") && document.querySelector("[data-every]")?.checked;
  for (const tick of panel.querySelectorAll(".pick__tick")) {
    const number = carried.filter((set) => set.has(tick.value)).length;
    tick.checked = !isEvery && number > 0 && number === carried.length;
    tick.indeterminate = Boolean(isEvery) || (number > 0 && number < carried.length);
    tick.dataset.was = tick.checked ? "on" : tick.indeterminate ? "some" : "off";
  }
}

// A label that was made, renamed or given another colour since the page was loaded stands in the rail as it is now.
function grow(panel, field) {
  const list = panel.querySelector("[data-pick-list]");
  for (const link of document.querySelectorAll("#folders [data-tag]")) {
    const known = list.querySelector(`.pick__tick[value="${CSS.escape(link.dataset.tag)}"]`)?.closest(".pick__item");
    if (known) {
      known.querySelector(".pick__name").textContent = link.querySelector(".folder__name").textContent;
      known.querySelector(".dot").className = link.querySelector(".dot").className;
      continue;
    }
    const item = Object.assign(document.createElement("label"), { className: "menu__item pick__item" });
    const tick = Object.assign(document.createElement("input"), { className: "pick__tick", type: "checkbox", name: "label", value: link.dataset.tag });
    tick.setAttribute("form", field.form.id);
    const name = Object.assign(document.createElement("bdi"), { className: "pick__name", textContent: link.querySelector(".folder__name").textContent });
    item.append(tick, link.querySelector(".dot").cloneNode(), name);
    list.append(item);
  }
}

function sift(panel) {
  const field = panel.querySelector(".pick__filter");
  const wanted = plain(field.value.trim());
  let isKnown = false;
  for (const item of panel.querySelectorAll(".pick__item")) {
    const name = plain(item.querySelector(".pick__name").textContent);
    item.hidden = !name.includes(wanted);
    isKnown ||= name === wanted;
  }
  const shown = items(panel);
  for (const item of panel.querySelectorAll(".pick__item--first")) item.classList.remove("pick__item--first");
  if (wanted) shown[0]?.classList.add("pick__item--first");
  return { shown, isNew: Boolean(wanted) && !isKnown };
}

export function open(details) {
  const panel = details.querySelector(".pick");
  const field = panel.querySelector(".pick__filter");
  for (const item of panel.querySelectorAll("[data-scripted]")) item.hidden = false;
  for (const item of panel.querySelectorAll("[data-plain]")) item.hidden = true;
  if (!panel.dataset.ready) {
    panel.dataset.ready = "1";
    panel.addEventListener("input", (event) => event.target === field && sift(panel));
    panel.addEventListener("keydown", (event) => walk(event, details, panel, field));
    field.form?.addEventListener("formdata", (event) => {
      if (details.open) changes(event.formData, panel, field);
    });
  }
  if (details.dataset.pick === "labels") grow(panel, field);
  sift(panel);
  look(panel);
  field.focus();
}

function walk(event, details, panel, field) {
  const shown = items(panel);
  const focusable = shown.map((item) => item.querySelector(".pick__tick") ?? item);
  const at = focusable.indexOf(document.activeElement);
  if (event.key === "Escape") {
    details.open = false;
    details.querySelector("summary").focus();
  } else if (event.key === "ArrowDown") (focusable[at + 1] ?? focusable[0])?.focus();
  else if (event.key === "ArrowUp") (at > 0 ? focusable[at - 1] : field).focus();
  else if (event.key === "Enter" && event.target === field) choose(details);
  else if (event.key === "Enter" && event.target.matches(".pick__tick")) panel.querySelector("[data-pick-apply]")?.click();
  else return;
  event.preventDefault();
  event.stopPropagation();
}

// What is typed: the first that fits, else a new label of that name.
export function choose(details) {
  const panel = details.querySelector(".pick");
  const text = panel.querySelector(".pick__filter").value.trim();
  const { shown, isNew } = sift(panel);
  const first = text ? shown[0] : null;
  const tick = first?.querySelector(".pick__tick");
  if (tick) {
    tick.checked = tick.dataset.was !== "on";
    tick.indeterminate = false;
  }
  if (first && !tick) first.click();
  else if (tick || isNew || !text) panel.querySelector("[data-pick-apply]")?.click();
}

function changes(data, panel, field) {
  const wanted = field.value.trim();
  const isNew = wanted && !items(panel).length;
  for (const name of ["label", "unlabel"]) data.delete(name);
  if (!isNew) data.delete("new_label");
  for (const tick of panel.querySelectorAll(".pick__tick")) {
    if (tick.indeterminate) continue;
    if (tick.checked && tick.dataset.was !== "on") data.append("label", tick.value);
    if (!tick.checked && tick.dataset.was !== "off") data.append("unlabel", tick.value);
  }
}
