// print.js: the page for paper; asks the printer once the letter's frames have their height.
import { mount as frames } from "./frames.js";

frames(document);
addEventListener("load", () => setTimeout(() => window.print(), 150));
