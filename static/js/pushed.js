// pushed.js: on every page of a browser that may show notifications: opens what one was about, and once in each tab tells
// the server that the browser is still here: with a new session, perhaps with a new address of its push service.
import { open } from "./reading.js";
import { post } from "./http.js";

const ADDRESS = "/notifications/";

navigator.serviceWorker.addEventListener("message", ({ data }) => {
  if (!data?.open) return;
  if (document.getElementById("reading") && data.open.startsWith("/c/")) open(new URL(data.open, location.href).href);
  else location.assign(data.open);
});
navigator.serviceWorker.startMessages();

const form = (values) => {
  const data = new FormData();
  for (const [name, value] of Object.entries(values)) data.set(name, value);
  return data;
};

export async function renew() {
  if (sessionStorage.getItem("push")) return;
  const found = await (await navigator.serviceWorker.getRegistration())?.pushManager?.getSubscription();
  if (!found) return;
  sessionStorage.setItem("push", "told");
  const before = localStorage.getItem("push");
  const { endpoint, keys } = found.toJSON();
  if (before && before !== endpoint) {
    const answer = await post(`${ADDRESS}subscribe/`, form({ endpoint, p256dh: keys.p256dh, auth: keys.auth }));
    if (answer.ok) localStorage.setItem("push", endpoint);
    await post(`${ADDRESS}forget/`, form({ endpoint: before }));
  } else {
    const answer = await post(`${ADDRESS}renew/`, form({ endpoint }));
    // Removed from afar, or somebody else has signed in here: nobody is to be told in this browser.
    if (answer.status === 410) await found.unsubscribe();
  }
}
