// worker.js: the service worker, served as /worker.js with `FILES` (what pages are made of) written before it.
// Online it is not in the way: pages and letters always come from the server. Offline it answers with what keeping.js
// put aside for the account that is signed in, never older than DAYS. Sign-out, a session that ended and another
// account that signs in clear it.
/* global FILES, self, caches */
const DAYS = 14;
const SHELL = `shell ${FILES.version}`;
const KEPT = "kept "; // + the account
const OFFLINE = "/offline/";

self.importScripts(FILES.push);

self.addEventListener("install", (event) => {
  event.waitUntil(
    caches.open(SHELL).then((cache) => cache.addAll([OFFLINE, ...FILES.urls])).then(() => self.skipWaiting()),
  );
});

self.addEventListener("activate", (event) => {
  event.waitUntil(
    (async () => {
      await self.registration.navigationPreload?.enable();
      for (const name of await caches.keys()) if (name.startsWith("shell ") && name !== SHELL) await caches.delete(name);
      await self.clients.claim();
    })(),
  );
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin) return;
  if (url.pathname.startsWith("/static/")) {
    event.respondWith(fetch(request).catch(() => caches.match(request, { ignoreVary: true }).then((found) => found ?? Response.error())));
  } else if (request.mode === "navigate" || request.headers.has("X-Fragment")) {
    event.respondWith(page(event, url));
  }
});

async function page(event, url) {
  try {
    const response = (await event.preloadResponse) ?? (await fetch(event.request));
    if (response.redirected && new URL(response.url).pathname === "/login/") await forget();
    return response;
  } catch {
    return (await kept(event.request, url)) ?? gone(event.request);
  }
}

// What was put aside: lists and letters under their own addresses, other pages of the mailbox as the inbox.
async function kept(request, url) {
  const name = (await caches.keys()).find((each) => each.startsWith(KEPT));
  if (!name) return null;
  const cache = await caches.open(name);
  const state = await cache.match("/kept/state").then((found) => found?.json());
  if (!state || Date.now() - state.at > DAYS * 86_400_000) return null;
  const look = (address) => cache.match(address, { ignoreVary: true });
  const kind = request.headers.get("X-Fragment");
  if (kind === "rows") return look(`/kept/rows${url.pathname}${url.search}`);
  if (kind || request.destination === "iframe") return look(`/kept${url.pathname}`);
  if (url.pathname === "/" || url.pathname === state.inbox || /^\/c\/\d+\/$/.test(url.pathname)) return look("/kept/");
  return null;
}

// For scripts an empty answer that says why; for people a page of its own.
async function gone(request) {
  if (request.headers.has("X-Fragment") && new URL(request.url).pathname !== OFFLINE) return new Response("", { status: 503, headers: { "X-Offline": "1" } });
  return (await caches.match(OFFLINE, { ignoreVary: true })) ?? Response.error();
}

async function forget() {
  for (const name of await caches.keys()) if (name.startsWith(KEPT)) await caches.delete(name);
}
