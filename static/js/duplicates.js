// Duplicates: the groups anew when a search or anything that moves comics has ended.

import { live } from "./live.js";
import { replaceBy } from "./words.js";

const ENDED = ["completed", "failed", "cancelled"];
const CONCERNED = ["find_duplicates", "trash", "restore", "undo", "scan"];
const REFRESH_MS = 400;
const GROUPED_MS = 5000; // the groups are made after the job's end, and that news is told only once

let timer = 0;

// What somebody has chosen and not sent yet stays chosen.
const choices = () =>
  [...document.querySelectorAll('#duplicates input[type="radio"]')]
    .filter((radio) => radio.checked && !radio.defaultChecked)
    .map((radio) => radio.id);

async function refresh() {
  timer = 0;
  const query = new URLSearchParams(location.search);
  query.set("part", "groups");
  const chosen = choices();
  if (!(await replaceBy(`?${query}`, "duplicates").catch(() => false))) return;
  for (const id of chosen) document.getElementById(id)?.click();
}

function refreshSoon() {
  timer ||= setTimeout(refresh, REFRESH_MS);
}

live.addEventListener("job", ({ detail: { job, isStale } }) => {
  if (isStale || !CONCERNED.includes(job.operation)) return;
  if (job.status === "queued" || ENDED.includes(job.status)) refreshSoon();
  if (job.operation === "find_duplicates" && ENDED.includes(job.status))
    setTimeout(refreshSoon, GROUPED_MS);
});
for (const news of ["library_updated", "resync"]) live.addEventListener(news, refreshSoon);
