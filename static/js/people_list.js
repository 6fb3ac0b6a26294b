// people_list.js: the address book's list: one box ticks them all, Shift a range; a form grows a line where it is full.
for (const form of document.querySelectorAll("[data-people]")) {
  const boxes = () => [...form.querySelectorAll("input[name=person]")];
  const all = form.querySelector("[data-all]");
  let last = null;
  if (all) {
    all.closest("label").hidden = false;
    all.addEventListener("change", () => boxes().forEach((box) => (box.checked = all.checked)));
  }
  form.addEventListener("click", (event) => {
    const box = event.target.closest("input[name=person]");
    if (!box) return;
    if (event.shiftKey && last) {
      const [from, to] = [boxes().indexOf(last), boxes().indexOf(box)].sort((a, b) => a - b);
      for (const one of boxes().slice(from, to + 1)) one.checked = box.checked;
    }
    last = box;
    if (all) all.checked = boxes().every((one) => one.checked);
  });
}

for (const form of document.querySelectorAll("[data-person]")) {
  form.querySelector("[data-more-lines]").hidden = true;
  form.addEventListener("input", (event) => {
    const box = event.target.closest("[data-many]");
    const lines = box ? [...box.querySelectorAll(".many__line")] : [];
    if (!lines.length || !lines.at(-1).contains(event.target) || !event.target.value) return;
    const next = lines.at(-1).cloneNode(true);
    for (const field of next.querySelectorAll("input, textarea, select")) field.value = "";
    box.append(next);
  });
}
