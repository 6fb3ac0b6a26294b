// transfer.js: an import's file goes up in pieces, so that it may be of any size and go on after a lost connection;
// and while something moves, the list of imports is asked for again.
import { get, post } from "./http.js";
import { set } from "./html.js";

const LOOK = 1500;
const list = document.querySelector("#transfers");
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
let looking = false;

async function look() {
  if (looking) return;
  looking = true;
  while (list.querySelector("[data-moves]")) {
    await sleep(document.hidden ? LOOK * 4 : LOOK);
    try {
      const answer = await get(list.dataset.jobs);
      if (answer.ok && !list.contains(document.activeElement)) put(answer.html);
      else if (answer.ok) update(answer.html);
    } catch {
      // no connection: the next look may have one
    }
  }
  looking = false;
}

function put(html) {
  set(list, html);
  for (const plain of list.querySelectorAll("[data-plain]")) plain.hidden = true;
}

// Somebody's keyboard is in the list: only words and bars change under it.
function update(html) {
  const fresh = document.createElement("div");
  set(fresh, html);
  for (const job of list.querySelectorAll("[data-job]")) {
    const now = fresh.querySelector(`[data-job="${job.dataset.job}"]`);
    if (!now) continue;
    job.querySelector(".line__hint").textContent = now.querySelector(".line__hint").textContent;
    const [bar, next] = [job.querySelector("progress"), now.querySelector("progress")];
    if (bar && next) [bar.max, bar.value] = [next.max, next.value];
    else if (bar) bar.remove();
  }
  if (!fresh.querySelector("[data-moves]")) list.querySelector("[data-moves]").removeAttribute("data-moves");
}

list.addEventListener("submit", async (event) => {
  const form = event.target.closest("[data-transfer]");
  if (!form) return;
  event.preventDefault();
  const answer = await post(form.action, new FormData(form, event.submitter));
  if (answer.ok) put(answer.html);
  list.querySelector("button, a")?.focus();
  look();
});

const form = document.querySelector("[data-upload]");

function complain(text) {
  const place = form.querySelector("[data-problem]");
  place.textContent = text;
  place.hidden = !text;
}

function show(share, text) {
  const place = form.querySelector("[data-progress]");
  place.hidden = share === null;
  if (share === null) return;
  const percent = Math.floor(share * 100);
  place.querySelector("progress").value = percent;
  place.querySelector("[role=status]").textContent = text ?? form.dataset.going.replace("{percent}", percent);
}

const read = (answer) => {
  try {
    return JSON.parse(answer.html);
  } catch {
    return {};
  }
};

async function begin(file) {
  const data = new FormData(form);
  data.delete("file");
  data.set("name", file.name);
  data.set("size", file.size);
  return read(await post(form.action, data));
}

async function up(file, { url, received }) {
  let at = received;
  let wait = 500;
  while (at < file.size) {
    show(at / file.size);
    const data = new FormData();
    data.set("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
    data.set("at", at);
    data.set("piece", file.slice(at, at + Number(form.dataset.piece)), "piece");
    try {
      const answer = await post(url, data);
      if (answer.status === 404 || answer.status === 409) return complain(form.dataset.ended);
      if (!answer.ok) throw new Error(answer.status);
      at = read(answer).received;
      wait = 500;
    } catch {
      show(at / file.size, form.dataset.waiting);
      await sleep(wait);
      wait = Math.min(wait * 2, 15_000);
    }
  }
}

form?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const [file] = form.elements.file.files;
  const button = event.submitter ?? form.querySelector("button");
  complain("");
  button.disabled = true;
  try {
    const begun = await begin(file);
    if (begun.url) {
      await up(file, begun);
      form.reset();
      const answer = await get(list.dataset.jobs);
      if (answer.ok) put(answer.html);
      look();
    } else complain(begun.problem ?? form.dataset.waiting);
  } catch {
    complain(form.dataset.waiting);
  } finally {
    show(null);
    button.disabled = false;
  }
});

for (const plain of list.querySelectorAll("[data-plain]")) plain.hidden = true;
window.addEventListener("beforeunload", (event) => {
  if (form?.querySelector("[data-progress]")?.hidden === false) event.preventDefault();
});
look();
