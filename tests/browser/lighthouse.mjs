// lighthouse.mjs: what Lighthouse says of the pages people live in, on a desk and on a telephone.
//
//   mkdir /tmp/lighthouse && cd /tmp/lighthouse && npm install lighthouse puppeteer-core
//   node …/tests/browser/lighthouse.mjs http://127.0.0.1:8000 nora@tidemark.example PASSWORD [page,page]
//
// Run it in the folder where npm put them; the service is `manage.py up --demo`. What keeps a page below 100 is listed.
import { createRequire } from "node:module";

const installed = createRequire(`${process.cwd()}/`);
const { default: puppeteer } = await import(installed.resolve("puppeteer-core"));
const { default: lighthouse, desktopConfig } = await import(installed.resolve("lighthouse"));
const [origin, address, password, only] = process.argv.slice(2);
const ASKED = ["performance", "accessibility", "best-practices", "seo"];

const browser = await puppeteer.launch({
  executablePath: process.env.CHROME ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--no-first-run", "--disable-background-networking"],
});
const stranger = await (await browser.createBrowserContext()).newPage();
const reader = await browser.newPage();
await reader.goto(`${origin}/login/`);
await reader.type("input[name=address]", address);
await reader.type("input[name=password]", password);
await Promise.all([reader.waitForNavigation(), reader.keyboard.press("Enter")]);
const letter = await reader.waitForSelector("#rows .row__link");
const PAGES = {
  "sign-in": [stranger, "/login/"],
  inbox: [reader, "/"],
  message: [reader, await letter.evaluate((link) => link.getAttribute("href"))],
  compose: [reader, "/compose/"],
  settings: [reader, "/preferences/"],
};

for (const [name, [page, path]] of Object.entries(PAGES)) {
  if (only && !only.split(",").includes(name)) continue;
  for (const [form, config] of Object.entries({ desktop: desktopConfig, mobile: undefined })) {
    // Storage stays, for the cookie of the session is in it.
    const flags = { onlyCategories: ASKED, disableStorageReset: true, logLevel: "error" };
    const { lhr } = await lighthouse(origin + path, flags, config, page);
    const scores = ASKED.map((category) => `${category} ${Math.round(lhr.categories[category].score * 100)}`);
    console.log(`${name}, ${form}: ${scores.join(", ")}`);
    for (const { id, weight } of ASKED.flatMap((category) => lhr.categories[category].auditRefs)) {
      const { score, title, displayValue } = lhr.audits[id];
      if (weight && score !== null && score < 0.995) console.log(`    ${title} ${displayValue ?? ""} (${score})`);
    }
  }
}
await browser.close();
