// notify.js: how much is unread, wherever a browser can show it: the title of the tab, its icon, the icon of the
// installed application.
const SIZE = 64;
let shown = -1;

export function mount(root) {
  if (!root.querySelector("[data-events]")) return;
  show(Number(document.title.match(/^\((\d+)\) /)?.[1] ?? 0));
  document.addEventListener("mail:news", ({ detail }) => {
    if (!("unread" in detail)) return;
    show(detail.unread);
  });
  document.addEventListener("mail:signed-out", () => show(0));
  if (window.Notification?.permission === "granted" && "serviceWorker" in navigator)
    import("./pushed.js").then(({ renew }) => renew()).catch(() => {}); // no connection: the next page does it
}

function show(unread) {
  document.title = document.title.replace(/^(\(\d+\) )?/, unread ? `(${unread}) ` : "");
  if (unread === shown) return;
  shown = unread;
  picture(unread);
  if (unread) navigator.setAppBadge?.(unread)?.catch(() => {});
  else navigator.clearAppBadge?.()?.catch(() => {});
}

// The logo with a number on it. Drawn here: the policy of the page lets pictures be data, and nothing else is needed.
async function picture(unread) {
  const link = document.querySelector("link[rel~=icon]");
  if (!link) return;
  link.dataset.plain ??= link.href;
  if (!unread) {
    link.href = link.dataset.plain;
    return;
  }
  const logo = new Image(SIZE, SIZE);
  logo.src = link.dataset.plain;
  try {
    await logo.decode();
  } catch {
    return;
  }
  if (unread !== shown) return;
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = SIZE;
  const pen = canvas.getContext("2d");
  const text = unread > 99 ? "99+" : String(unread);
  pen.drawImage(logo, 0, 0, SIZE, SIZE);
  const [width, height] = [text.length > 2 ? 52 : text.length > 1 ? 44 : 36, 36];
  pen.fillStyle = "#c8371b";
  pen.beginPath();
  pen.roundRect(SIZE - width, SIZE - height, width, height, height / 2);
  pen.fill();
  [pen.fillStyle, pen.font, pen.textAlign, pen.textBaseline] = ["#fff", "700 27px system-ui, sans-serif", "center", "middle"];
  pen.fillText(text, SIZE - width / 2, SIZE - height / 2 + 2);
  link.href = canvas.toDataURL("image/png");
}
