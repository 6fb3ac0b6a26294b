// found.js: what was searched for, marked in the letters of the open conversation. By the CSS Custom Highlight API, so
// that nothing of a letter changes. Accents and case do not count, as in the search itself.
const NAME = "found";
const MOST = 2_000; // ranges in one document
const LETTER = /[\p{L}\p{N}]/u;

export function mark() {
  const thread = document.querySelector("[data-needles]");
  if (!thread || !window.Highlight) return;
  const needles = JSON.parse(thread.dataset.needles).map((word) => folded(word).text.trim()).filter(Boolean);
  show(document, [...thread.querySelectorAll(".letter")], needles);
  for (const frame of thread.querySelectorAll("iframe[data-body]")) {
    const inside = () => {
      const mail = frame.contentDocument?.getElementById("mail");
      if (mail) show(frame.contentDocument, [mail], needles);
    };
    frame.addEventListener("load", inside);
    inside();
  }
}

function show(page, places, needles) {
  const ranges = places.flatMap((place) => hits(page, place, needles)).slice(0, MOST);
  const { CSS, Highlight } = page.defaultView;
  if (ranges.length) CSS.highlights.set(NAME, new Highlight(...ranges));
  else CSS.highlights.delete(NAME);
}

function hits(page, place, needles) {
  const found = [];
  const walker = page.createTreeWalker(place, NodeFilter.SHOW_TEXT);
  while (walker.nextNode() && found.length < MOST) {
    const node = walker.currentNode;
    const { text, places } = folded(node.data);
    for (const needle of needles) {
      for (let at = text.indexOf(needle); at >= 0; at = text.indexOf(needle, at + needle.length)) {
        // A word is found by its beginning; scripts without spaces between words have none.
        const inWord = at > 0 && /[a-z0-9]/.test(needle[0]) && LETTER.test(text[at - 1]);
        if (inWord) continue;
        const range = page.createRange();
        range.setStart(node, places[at]);
        range.setEnd(node, places[at + needle.length] ?? node.length);
        found.push(range);
      }
    }
  }
  return found;
}

// Lower case without accents, and where each character of it comes from.
function folded(original) {
  let text = "";
  const places = [];
  let at = 0;
  for (const character of original) {
    const plain = character.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
    for (let count = plain.length; count > 0; count--) places.push(at);
    text += plain;
    at += character.length;
  }
  return { text, places };
}
