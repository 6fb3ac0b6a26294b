// keeping.js: puts the newest letters aside for the service worker: the inbox, its older pages and every conversation on
// them, until MOST letters are there. What did not change since is not fetched again; what fell off the end is dropped.
import { fragment } from "./html.js";

const MOST = 500;
const PAUSE_MILLISECONDS = 60; // the server has others to serve
const ORDINARY = { headers: { "X-Fragment": "ahead" }, credentials: "same-origin" }; // marks nothing as read
const later = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));

// One tab does it at a time.
export const keep = (who) => navigator.locks.request("keeping", { ifAvailable: true }, (lock) => lock && round(who));

async function round(who) {
  const name = `kept ${who}`;
  for (const other of await caches.keys()) if (other.startsWith("kept ") && other !== name) await caches.delete(other);
  const cache = await caches.open(name);
  const before = (await cache.match("/kept/state").then((found) => found?.json())) ?? { rows: {} };
  const home = await got("/", { credentials: "same-origin" });
  if (!home) return;
  const page = fragment(await home.clone().text());
  const since = page.querySelector(".shell")?.dataset.since;
  const inbox = page.querySelector("#list")?.dataset.list;
  if (!since || page.querySelector(".shell").dataset.who !== who) return;
  await cache.put("/kept/", home);
  const state = { at: Date.now(), inbox, since, rows: {} };
  if (before.since === since && before.whole) return void (await write(cache, { ...before, at: state.at }));
  let rows = [...page.querySelectorAll("#rows > .row")];
  let next = page.querySelector("#rows [data-more] a")?.getAttribute("href");
  let letters = 0;
  const pages = new Set();
  while (rows.length && letters < MOST) {
    for (const row of rows) {
      if (letters >= MOST) break;
      letters += Number(row.querySelector(".row__count")?.textContent) || 1;
      await conversation(cache, row, before, state);
    }
    if (!next || letters >= MOST) break;
    const answer = await got(next, { headers: { "X-Fragment": "rows" }, credentials: "same-origin" });
    if (!answer) break;
    const address = `/kept/rows${next}`;
    pages.add(address);
    await cache.put(address, answer.clone());
    const more = fragment(await answer.text());
    rows = [...more.querySelectorAll(".row")];
    next = more.querySelector("[data-more] a")?.getAttribute("href");
  }
  state.whole = true;
  await write(cache, state);
  const wanted = new Set(Object.values(state.rows).flatMap((row) => row.kept));
  for (const request of await cache.keys()) {
    const { pathname, search } = new URL(request.url);
    const address = pathname + search;
    if (!["/kept/", "/kept/state"].includes(address) && !pages.has(address) && !wanted.has(address)) await cache.delete(request);
  }
}

// The letter with all its messages open, and the frames with their bodies.
async function conversation(cache, row, before, state) {
  const link = row.querySelector(".row__link")?.getAttribute("href");
  if (!link?.startsWith("/c/")) return;
  const url = new URL(link, location.href);
  const sign = [row.dataset.position, row.dataset.latest, row.className.replace(/ ?row--(open|cursor)/g, "")].join(" ");
  const known = before.rows[url.pathname];
  if (known?.sign === sign) {
    state.rows[url.pathname] = known;
    return;
  }
  url.searchParams.set("all", "1");
  const answer = await got(url.href, ORDINARY);
  if (!answer) return;
  const kept = [`/kept${url.pathname}`];
  await cache.put(kept[0], answer.clone());
  for (const frame of fragment(await answer.text()).querySelectorAll("iframe[src]")) {
    const source = new URL(frame.getAttribute("src"), location.href);
    const body = await got(source.href, { credentials: "same-origin" });
    if (!body) continue;
    kept.push(`/kept${source.pathname}`);
    await cache.put(kept.at(-1), body);
  }
  state.rows[url.pathname] = { sign, kept };
  await later(PAUSE_MILLISECONDS);
}

const write = (cache, state) =>
  cache.put("/kept/state", new Response(JSON.stringify(state), { headers: { "Content-Type": "application/json" } }));

// Nothing but a good answer of our own is kept: no sign-in page, no error.
async function got(address, options) {
  const answer = await fetch(address, options).catch(() => null);
  return answer?.ok && !answer.redirected ? answer : null;
}
