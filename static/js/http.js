// http.js: ask our server for a fragment. A session that ended leads to the sign-in page and back.
// Mail of another account lies behind /u/<account>: `base` begins our addresses, `bare` takes it off again.
const PREFIX = /^\/u\/\d+(?=\/)/;
export const prefix = (path) => path.match(PREFIX)?.[0] ?? "";
export const base = prefix(location.pathname);
export const bare = (path) => path.replace(PREFIX, "");

export async function get(url, kind = "1", signal = undefined) {
  return answer(await fetch(url, { headers: { "X-Fragment": kind }, credentials: "same-origin", signal }));
}

export async function post(url, data, { signal } = {}) {
  const token = data.get("csrfmiddlewaretoken") ?? document.querySelector("[name=csrfmiddlewaretoken]")?.value ?? "";
  const headers = { "X-Fragment": "1", "X-CSRFToken": token };
  return answer(await fetch(url, { method: "POST", body: data, headers, signal, credentials: "same-origin" }));
}

async function answer(response) {
  if (response.redirected && new URL(response.url).pathname.startsWith("/login/")) {
    location.assign(`/login/?next=${encodeURIComponent(location.pathname + location.search)}`);
    return new Promise(() => {});
  }
  if (response.headers.has("X-Offline")) document.dispatchEvent(new CustomEvent("mail:not-kept"));
  const html = response.status === 204 ? "" : await response.text();
  return { ok: response.ok, status: response.status, url: response.url, html };
}
