// stream.js: one stream of news for all tabs of a browser. The tab that holds the lock listens and tells the others; when
// it closes, the lock goes to the next, which takes up where itself had got to. Browsers without locks listen for
// themselves. A pause of any kind (sleep, no network, a server that restarts) ends with what was missed: the stream is
// asked for from the last number on.
const MOST_KEPT = 100;
const SILENCE_MILLISECONDS = 2_000;
const LONGEST_PAUSE = 60_000;
const SLEPT_MILLISECONDS = 150_000; // browsers let timers of hidden tabs run once a minute

// `told(news)` is called once for each piece of news, in order; `ended()` when there is nothing to listen to any more.
export function listen({ url, since, name, told, ended }) {
  let last = Number(since) || 0;
  let source = null;
  let release = null;
  let kept = []; // [number before, news]
  let pause = 1_000;
  let retry = 0;
  let answered = 0;
  let over = false;
  const shared = "locks" in navigator && "BroadcastChannel" in window;
  const channel = shared ? new BroadcastChannel(name) : null;

  function hear(before, news) {
    if (news.modseq <= last) return;
    // Something in between is missing: who told us began later than we had got to.
    told(before > last ? { ...news, everything: true } : news);
    last = news.modseq;
  }

  function open() {
    close();
    source = new EventSource(`${url}?since=${last}`);
    source.addEventListener("open", () => (pause = 1_000));
    source.addEventListener("change", (event) => {
      const news = JSON.parse(event.data);
      const before = last;
      hear(before, news);
      kept = [...kept, [before, news]].slice(-MOST_KEPT);
      channel?.postMessage({ before, news });
    });
    source.addEventListener("end", () => {
      channel?.postMessage({ end: true });
      finish();
    });
    // The browser itself comes again after a break, with Last-Event-ID; after an answer that was none it gives up.
    source.addEventListener("error", () => {
      if (source?.readyState !== EventSource.CLOSED || over) return;
      clearTimeout(retry);
      retry = setTimeout(open, pause * (0.5 + Math.random()));
      pause = Math.min(pause * 2, LONGEST_PAUSE);
    });
  }

  function close() {
    clearTimeout(retry);
    source?.close();
    source = null;
  }

  function finish() {
    if (over) return;
    over = true;
    close();
    release?.();
    ended();
  }

  function lead() {
    if (over) return Promise.resolve();
    open();
    return new Promise((resolve) => (release = resolve));
  }

  // "I have got to here": whoever listens answers with what came since.
  function ask() {
    if (source || over) return;
    const asked = performance.now();
    channel.postMessage({ hello: last });
    setTimeout(() => {
      if (!source && !over && answered < asked) open(); // it is frozen, or was killed
    }, SILENCE_MILLISECONDS);
  }

  function answer(from) {
    if (!source) return;
    const missed = kept.filter(([, news]) => news.modseq > from);
    channel.postMessage({ here: true });
    for (const [before, news] of missed) channel.postMessage({ before, news });
    if (!missed.length && last > from) channel.postMessage({ before: last, news: { modseq: last, everything: true, conversations: [], arrived: [], folders: {} } });
  }

  if (shared) {
    channel.addEventListener("message", ({ data }) => {
      answered = performance.now();
      if (data.end) finish();
      else if (data.news) hear(data.before, data.news);
      else if ("hello" in data) answer(data.hello);
    });
    navigator.locks.request(name, lead).catch(open);
    navigator.locks.query().then(({ held }) => held.some((lock) => lock.name === name) && ask()).catch(() => {});
  } else open();

  const again = () => (source ? open() : shared ? ask() : open());
  let ticked = Date.now();
  setInterval(() => {
    const slept = Date.now() - ticked > SLEPT_MILLISECONDS;
    ticked = Date.now();
    if (slept && !over) again();
  }, 30_000);
  addEventListener("online", () => over || again());
  addEventListener("pagehide", () => {
    close();
    release?.(); // a page in the back/forward cache must not hold the lock
    release = null;
  });
  addEventListener("pageshow", (event) => {
    if (!event.persisted || over) return;
    if (shared) {
      navigator.locks.request(name, lead).catch(open);
      ask();
    } else open();
  });
}
