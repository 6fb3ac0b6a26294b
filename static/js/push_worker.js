// push_worker.js: part of the service worker (worker.js imports it): shows what the push service brought. The server has
// written it in the reader's language; a notification with the same tag takes the place of the one before.
/* global FILES, self, clients */

self.addEventListener("push", (event) => {
  let news = null;
  try {
    news = event.data?.json();
  } catch {
    // not ours
  }
  if (news?.title) event.waitUntil(show(news));
});

async function show(news) {
  const pages = await clients.matchAll({ type: "window", includeUncontrolled: true });
  if (typeof news.unread === "number") await badge(news.unread);
  // Who looks at the mail sees it come: the page redraws itself, and a notification would say it twice.
  if (!news.even_if_open && pages.some((page) => page.focused)) return;
  await self.registration.showNotification(news.title, {
    body: news.body,
    tag: news.tag,
    renotify: true,
    icon: FILES.icon,
    data: { conversation: news.conversation, token: news.token },
    actions: (news.actions ?? []).map(([action, title]) => ({ action, title })),
  });
}

async function badge(unread) {
  try {
    await (unread ? self.navigator.setAppBadge?.(unread) : self.navigator.clearAppBadge?.());
  } catch {
    // not installed
  }
}

self.addEventListener("notificationclick", (event) => {
  const { conversation, token } = event.notification.data ?? {};
  event.notification.close();
  const place = conversation ? `/c/${conversation}/` : "/";
  event.waitUntil(event.action && token ? act(event.action, token, place) : open(place));
});

// A session that ended, or no connection: the page says so.
async function act(deed, token, place) {
  const answer = await fetch("/notifications/act/", {
    method: "POST",
    body: new URLSearchParams({ token, do: deed }),
    credentials: "same-origin",
  }).catch(() => null);
  if (!answer?.ok) await open(place);
}

async function open(place) {
  const pages = await clients.matchAll({ type: "window", includeUncontrolled: true });
  const page = pages.find((each) => each.visibilityState === "visible") ?? pages[0];
  if (!page) return clients.openWindow(place);
  await page.focus().catch(() => null);
  return page.postMessage({ open: place }); // pushed.js opens it there, and keeps what is being written
}
