// push.js: the page "Notifications": has this browser told of new mail, or not any more. The service worker shows what
// comes (push_worker.js); the server keeps the list.
import { policy, set } from "./html.js";
import { post } from "./http.js";
import { toast } from "./toast.js";

const box = document.getElementById("push-here");
const list = document.getElementById("push-browsers");
const [on, off] = [box.querySelector("[data-on]"), box.querySelector("[data-off]")];

const isPossible = "serviceWorker" in navigator && "PushManager" in window && "Notification" in window;
const octets = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (char) => char.charCodeAt(0));
const same = (one, other) => one?.byteLength === other.length && new Uint8Array(one).every((octet, at) => octet === other[at]);

async function registration() {
  await navigator.serviceWorker.register(policy.createScriptURL("/worker.js"));
  return navigator.serviceWorker.ready;
}

function say(state) {
  box.querySelector("[data-state]").textContent = box.querySelector(`[data-says="${state}"]`).content.textContent;
  on.hidden = !["off", "failed"].includes(state);
  off.hidden = state !== "on";
}

const form = (values) => {
  const data = new FormData();
  data.set("csrfmiddlewaretoken", box.querySelector("[name=csrfmiddlewaretoken]").value);
  for (const [name, value] of Object.entries(values)) data.set(name, value);
  return data;
};

// For pushed.js, which notices when the browser makes itself another address.
const remember = (endpoint) => (endpoint ? localStorage.setItem("push", endpoint) : localStorage.removeItem("push"));

const known = (endpoint) => [...list.querySelectorAll("[data-endpoint]")].find((item) => item.dataset.endpoint === endpoint);

// What the browser says, and what the server knows, must agree.
async function look() {
  if (!isPossible) return say(window.isSecureContext ? "missing" : "insecure");
  if (Notification.permission === "denied") return say("denied");
  const found = await (await registration()).pushManager.getSubscription();
  const line = found && known(found.endpoint);
  if (line) line.querySelector("[data-is-here]").hidden = false;
  return say(line && same(found.options.applicationServerKey, octets(box.dataset.key)) ? "on" : "off");
}

async function subscribe() {
  if ((await Notification.requestPermission()) !== "granted") return look();
  const { pushManager } = await registration();
  const key = octets(box.dataset.key);
  let found = await pushManager.getSubscription();
  if (found && !same(found.options.applicationServerKey, key)) {
    await found.unsubscribe(); // made for another service at this address
    found = null;
  }
  found ??= await pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
  const { endpoint, keys } = found.toJSON();
  const answer = await post(box.dataset.subscribe, form({ endpoint, p256dh: keys.p256dh, auth: keys.auth }));
  if (!answer.ok) {
    await found.unsubscribe();
    return toast(answer.html);
  }
  set(list, answer.html);
  remember(endpoint);
  return look();
}

async function stop() {
  const found = await (await registration()).pushManager.getSubscription();
  if (found) {
    const answer = await post(box.dataset.forget, form({ endpoint: found.endpoint }));
    await found.unsubscribe();
    remember("");
    if (answer.ok) set(list, answer.html);
  }
  return look();
}

async function during(button, work) {
  button.disabled = true;
  try {
    await work();
  } catch {
    say("failed");
  }
  button.disabled = false;
}

on.addEventListener("click", () => during(on, subscribe));
off.addEventListener("click", () => during(off, stop));
list.addEventListener("submit", async (event) => {
  const sent = event.target;
  event.preventDefault();
  const button = sent.querySelector("button");
  button.disabled = true;
  try {
    const answer = await post(sent.getAttribute("action"), new FormData(sent));
    if ("pushForget" in sent.dataset && answer.ok) {
      const endpoint = sent.closest("[data-endpoint]").dataset.endpoint;
      const found = isPossible && (await (await registration()).pushManager.getSubscription());
      if (found && found.endpoint === endpoint) await found.unsubscribe();
      set(list, answer.html);
      await look();
      return;
    }
    toast(answer.html);
  } finally {
    button.disabled = false;
  }
});
box.hidden = false;
look().catch(() => say("failed"));
