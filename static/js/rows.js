// rows.js: keeps the rows of a list true. Whoever changes a conversation says so ("mail:changed"); the server draws
// its row again, and it is put where it belongs.
import { fragment, set } from "./html.js";
import { get } from "./http.js";

export const list = () => document.getElementById("list");
export const rows = () => [...document.querySelectorAll("#rows > .row:not(.row--gone)")];
export const row = (id) => document.querySelector(`#rows > .row[data-conversation="${CSS.escape(id)}"]`);

export async function refresh(ids, arrived = []) {
  const box = list();
  if (!box?.dataset.rows || !ids.length) return;
  const query = ids.map((id) => `c=${encodeURIComponent(id)}`).join("&");
  const answer = await get(`${box.dataset.rows}?${query}`);
  if (!answer.ok) return;
  const fresh = new Map([...fragment(answer.html).querySelectorAll(".row")].map((item) => [item.dataset.conversation, item]));
  for (const id of ids) {
    const item = fresh.get(id);
    if (item) place(item, arrived.includes(id));
    else row(id)?.remove();
  }
  if (!rows().length) await reload();
}

export async function reload() {
  const box = list();
  const answer = await get(box.dataset.list, "rows");
  if (!answer.ok) return;
  const ticked = new Set(chosen());
  set(document.getElementById("rows"), answer.html);
  for (const item of rows()) item.querySelector(".row__tick").checked = ticked.has(item.dataset.conversation);
}

export const chosen = () => [...document.querySelectorAll(".row__tick:checked")].map((tick) => tick.value);

function place(item, hasArrived) {
  const box = document.getElementById("rows");
  const old = row(item.dataset.conversation);
  if (old) {
    item.querySelector(".row__tick").checked = old.querySelector(".row__tick").checked;
    for (const name of ["row--open", "row--cursor"]) item.classList.toggle(name, old.classList.contains(name));
    const focused = old.contains(document.activeElement) ? document.activeElement.className : "";
    const stays = old.dataset.position === item.dataset.position;
    if (stays) old.replaceWith(item);
    else old.remove();
    if (focused) (item.querySelector(`.${focused.split(" ")[0]}`) ?? item).focus?.();
    if (stays) return;
  }
  const after = rows().find((other) => isNewer(item, other));
  if (after) {
    if (after === rows()[0] && !("live" in list().dataset)) return; // newer than this page
    after.before(item);
  } else if (!box.querySelector("[data-more]")) {
    box.querySelector(".list__empty")?.remove();
    box.append(item);
  } else return; // older than this page
  if (hasArrived) item.classList.add("row--arrived");
}

function isNewer(one, other) {
  const [time, id] = one.dataset.position.split("-").map(Number);
  const [otherTime, otherId] = other.dataset.position.split("-").map(Number);
  return time > otherTime || (time === otherTime && id >= otherId);
}

async function older(link) {
  const item = link.closest("[data-more]");
  if (item.dataset.loading) return;
  item.dataset.loading = "1";
  const answer = await get(link.href, "rows");
  if (!answer.ok) {
    delete item.dataset.loading;
    return;
  }
  const more = fragment(answer.html);
  more.querySelectorAll("[data-list-newer], .list__range").forEach((part) => part.remove()); // all of it is one page now
  item.replaceWith(more);
  watch();
}

const isEndless = () => document.documentElement.dataset.endless !== "off";
const nearEnd = "IntersectionObserver" in window
  ? new IntersectionObserver((entries) => entries.forEach((entry) => entry.isIntersecting && isEndless() && older(entry.target.querySelector("[data-list-older]"))), { rootMargin: "600px" })
  : null;
const watch = () => document.querySelectorAll("[data-more]").forEach((item) => nearEnd?.observe(item));

export function mount(root) {
  root.addEventListener("mail:changed", (event) => refresh(event.detail.conversations.map(String)));
  root.addEventListener("click", (event) => {
    const link = event.target.closest?.("[data-list-older]");
    if (!link || !isEndless() || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    older(link);
  });
  root.addEventListener("mail:placed", watch);
  root.addEventListener("mail:appearance", () => {
    for (const item of root.querySelectorAll("[data-more]")) nearEnd?.unobserve(item);
    watch();
  });
  watch();
}
