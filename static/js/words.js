// words.js: what scripts say, in the reader's language. The table comes with the page (webmail/words.py).
const table = JSON.parse(document.getElementById("words")?.textContent ?? "{}");
const language = document.documentElement.lang || "en";

const fill = (text, values) => text.replace(/\{(\w+)\}/g, (all, name) => values[name] ?? all);

// word("saved", { name: "a.txt" })
export const word = (key, values = {}) => fill(table[key] ?? "", values);

// counted("unread", 3): the form that this language has for the number, the number as it writes it.
export function counted(key, count, values = {}) {
  const forms = table[key] ?? {};
  const form = forms[new Intl.PluralRules(language).select(count)] ?? forms.other ?? "";
  return fill(form, { count: number(count), ...values });
}

export const number = (value) => new Intl.NumberFormat(language).format(value);
