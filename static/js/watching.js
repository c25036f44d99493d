// How the watching of the folders stands: in the rail, and wherever else a page shows it.

import { live } from "./live.js";
import { placeAll } from "./words.js";

const PAUSE_MS = 300;
let timer = 0;

// A library that is switched on tells several things at once.
function refreshLater() {
  clearTimeout(timer);
  timer = setTimeout(() => placeAll(document.body.dataset.watching).catch(() => {}), PAUSE_MS);
}

// The page itself does not say it: that would cost each of them a query more.
addEventListener("DOMContentLoaded", refreshLater);
for (const news of ["watcher_status", "resync"]) live.addEventListener(news, refreshLater);
