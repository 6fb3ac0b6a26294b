// outbox.js: letters that were written or sent without a connection. Each waits in this browser's database, for its
// account alone, and goes out once: it is sent as a draft of the server, and a draft can be sent only once, however
// often it is asked to.
import { fragment } from "./html.js";
import { base, get, post } from "./http.js";
import { banner } from "./offline.js";
import { say } from "./toast.js";
import { counted, word } from "./words.js";

const who = () => document.querySelector(".shell")?.dataset.who;

function asked(request) {
  return new Promise((done, failed) => {
    request.onsuccess = () => done(request.result);
    request.onerror = () => failed(request.error);
  });
}

let opened = null;
function database() {
  const request = indexedDB.open("outbox", 1);
  request.onupgradeneeded = () => request.result.createObjectStore("letters", { keyPath: "id" });
  opened ??= asked(request);
  return opened;
}

const store = async (mode) => (await database()).transaction("letters", mode).objectStore("letters");
const put = async (letter) => asked((await store("readwrite")).put(letter));
const drop = async (id) => asked((await store("readwrite")).delete(id));
const all = async () => (await asked((await store("readonly")).getAll())).filter((letter) => letter.who === who());

export async function waiting() {
  const count = (await all()).length;
  if (count) localStorage.setItem("outbox", "1");
  else localStorage.removeItem("outbox");
  return count;
}

export async function empty() {
  for (const letter of await all()) await drop(letter.id);
  localStorage.removeItem("outbox");
}

// `action`: the draft's address, or "" when there is none yet. `fields`: what the form says, without files.
export async function queue({ action = "", fields }) {
  const kept = fields.filter(([name, value]) => typeof value === "string" && name !== "csrfmiddlewaretoken");
  await put({ id: crypto.randomUUID(), who: who(), at: Date.now(), action, fields: kept });
  await waiting();
}

export function deliver() {
  return navigator.locks.request("outbox", async () => {
    let sent = 0;
    for (const letter of await all()) if (await send(letter)) sent += 1;
    banner(await waiting());
    if (!sent) return;
    say(counted("outbox-sent", sent), "success");
    document.dispatchEvent(new CustomEvent("mail:changed", { detail: { conversations: [] } }));
  });
}

async function send(letter) {
  try {
    if (!letter.action) await begin(letter);
    const data = new FormData();
    for (const [name, value] of letter.fields) data.append(name, value);
    data.set("do", "send_anyway"); // its doubts cannot be asked now
    data.set("force", "1");
    const answer = await post(letter.action, data);
    const told = answer.html.startsWith("{") ? JSON.parse(answer.html) : {};
    if (answer.ok || told.sent) {
      await drop(letter.id);
      return answer.ok;
    }
    if (answer.status === 404) await saved(letter, data);
    else if (told.problem && told.revision !== undefined) await refused(letter, told.problem); // it is a draft there
  } catch {
    // still no connection: it waits
  }
  return false;
}

// A draft of its own first, and its address kept: should the next step fail, it is the same draft again.
async function begin(letter) {
  const answer = await get("/compose/");
  const form = answer.ok && fragment(answer.html).querySelector("form[data-letter]");
  if (!form) throw new Error("no draft");
  const own = new Map(letter.fields);
  const signature = form.elements.text.value.trim();
  if (signature) letter.fields.find(([name]) => name === "text")[1] += `\n\n${signature}`;
  for (const [name, value] of new FormData(form)) {
    if (typeof value === "string" && !own.has(name) && name !== "csrfmiddlewaretoken") letter.fields.push([name, value]);
  }
  letter.action = form.getAttribute("action");
  await put(letter);
}

// Its draft was thrown away meanwhile, or sent elsewhere long ago: its words become a draft again, and nothing goes twice.
async function saved(letter, data) {
  data.set("do", "save");
  const answer = await post(`${base}/compose/`, data);
  if (answer.ok) await refused(letter, word("outbox-refused"));
}

// The server will not have it like this (an address that is none): what was written is a draft there now.
async function refused(letter, problem) {
  await drop(letter.id);
  say(problem || word("outbox-refused"), "danger");
}

// A letter without a connection: whom to, about what, and plain words.
export async function write(address) {
  const url = new URL(address, location.href);
  const page = fragment((await get("/offline/")).html); // the worker has it
  const dialog = document.createElement("dialog");
  dialog.className = "sheet outbox";
  dialog.append(page.getElementById("outbox-letter").content.cloneNode(true));
  document.body.append(dialog);
  const form = dialog.querySelector("form");
  for (const name of ["to", "subject"]) form.elements[name].value = url.searchParams.get(name) ?? "";
  dialog.addEventListener("close", () => dialog.remove());
  form.addEventListener("submit", async (event) => {
    if (event.submitter?.value !== "queue") return;
    event.preventDefault();
    const fields = [["to", form.elements.to.value], ["subject", form.elements.subject.value], ["text", form.elements.text.value], ["is_rich", ""], ["html", ""]];
    await queue({ fields });
    dialog.close();
    banner(await waiting());
    if (navigator.onLine) await deliver();
  });
  dialog.showModal();
}
