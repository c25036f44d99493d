// One job, item by item.

import { live } from "./live.js";
import { Pace } from "./pace.js";
import { Known, Rows } from "./rows.js";
import { announce, count, duration, fill, number, paced, replaceBy, strings } from "./words.js";

const ENDED = ["completed", "failed", "cancelled"];
const RESTING = [...ENDED, "paused"];
const QUIET_MS = 2000;
const root = document.getElementById("job");
const results = document.getElementById("results");
const isLive = results.dataset.live === "true";
const rows = new Rows();
const first = JSON.parse(document.getElementById("job-state").textContent);
const { elapsed } = root.dataset;
const known = new Known(first.progress.processed);
const pace = new Pace(elapsed ? Number(elapsed) : null, first.progress.processed);
const title = document.title;

let job = first;
let latest = null; // the item done last
let quietTimer = 0;
let said = { at: -Infinity, percentage: first.progress.percentage };

const field = (name) => root.querySelector(`.progress-card [data-field="${name}"]`);

// Every news of this job comes here: bar, counters and rows follow at once.
export function handleJobUpdatedEvent(data, isStale = false) {
  if (data.item) {
    addItem(data.item);
    job.current = null;
    clearTimeout(quietTimer);
    // The events say what is done; of something that takes long, the server says what it is.
    quietTimer = setTimeout(() => job.status === "processing" && live.ask(), QUIET_MS);
  }
  if (!isStale) {
    const before = job;
    job = { ...job, ...data, outcomes: data.outcomes ?? job.outcomes };
    if (job.status === "processing") pace.start();
    pace.note(job.progress.processed, job.status === "processing");
    if (job.status !== before.status || job.cancelling !== before.cancelling) changeState();
    lookForHole();
  }
  paint();
}

function addItem(item) {
  known.add(item.n);
  latest = item.n >= (latest?.n ?? 0) ? item : latest;
  if (isLive) rows.add(item);
}

function lookForHole() {
  const done = () => job.progress.processed;
  const url = `${live.data.jobsApi}${job.job_id}/items/`;
  if (!isLive) known.addUpTo(done());
  else known.lookForHole(done, url, (item) => {
      addItem(item);
      paint();
    });
}

const changeState = () => (ENDED.includes(job.status) ? showEnd() : refreshHead());

// The end as the server tells it: results with what differs marked, or what a preview has found.
async function showEnd() {
  const query = new URLSearchParams(location.search);
  query.set("part", "job");
  const opened = [...root.querySelectorAll("#rows details[open]")].map((each) => each.closest("tr"));
  const hadFocus = root.contains(document.activeElement);
  if (!(await replaceBy(`${location.pathname}?${query}`, "job").catch(() => false))) return;
  for (const row of opened)
    document.querySelector(`#rows tr[data-n="${row.dataset.n}"] details`)?.setAttribute("open", "");
  if (hadFocus && document.activeElement === document.body)
    document.getElementById("job-title").focus({ preventScroll: true });
  if (document.getElementById("preview-form")) import("./preview.js");
  document.title = title;
  const said = document.querySelectorAll("#job-head .notice p, .kinds .counter");
  announce([...said].map((each) => each.innerText).join(", "));
}

// One at a time: an answer that comes late must not bring an earlier state back.
let headIsOld = false;
let refreshing = null;
function refreshHead() {
  headIsOld = true;
  refreshing ??= (async () => {
    while (headIsOld) {
      headIsOld = false;
      await replaceBy(`${location.pathname}?part=head`, "job-head").catch(() => false);
    }
    refreshing = null;
  })();
  return refreshing;
}

const paint = paced(() => {
  if (!root.isConnected) return;
  const { processed, total, percentage } = job.progress;
  field("percent").textContent = number(Math.floor(percentage));
  field("count").textContent = fill(strings.progress.of, { processed, total });
  if (percentage > 0 || ENDED.includes(job.status)) field("bar").value = percentage;
  paintBar(total || 1);
  for (const [name, value] of Object.entries({ ...job.outcomes, left: total - processed }))
    paintCounter(name, value);
  paintCurrent();
  paintTimes();
  if (isLive) rows.paint();
  else paintNews();
  document.getElementById("no-rows").hidden = rows.numbers.length > 0;
  sayProgress();
});

function paintBar(total) {
  const { changed, unchanged, skipped, conflict, failed } = job.outcomes;
  let x = 0;
  const counts = { changed, unchanged: unchanged + skipped, failed: conflict + failed };
  for (const [name, value] of Object.entries(counts)) {
    const part = root.querySelector(`[data-part="${name}"]`);
    const width = (1000 * value) / total;
    part.setAttribute("x", x);
    part.setAttribute("width", width);
    x += width;
  }
}

function paintCounter(name, value) {
  for (const each of root.querySelectorAll(`[data-counter="${name}"]`)) {
    if (value) each.hidden = false;
    const shown = each.querySelector('[data-field="n"]');
    if (shown) shown.textContent = number(value);
  }
}

function paintCurrent() {
  field("current").hidden = RESTING.includes(job.status);
  const path = job.current?.[0] ?? latest?.path;
  if (path) field("current").lastElementChild.textContent = path;
}

function paintTimes() {
  const isRunning = job.status === "processing";
  const { processed, total, percentage } = job.progress;
  document.title = isRunning ? `${Math.floor(percentage)} % · ${title}` : title;
  const time = duration(pace.elapsed);
  if (isRunning) field("time").textContent = fill(strings.progress.running, { time });
  if (job.status === "paused") field("time").textContent = "";
  field("rate").textContent = isRunning ? pace.rate() : "";
  field("left").textContent = isRunning && processed < total ? pace.left(processed, total) : "";
}

// On a further page, or with a filter, what is new is offered and not pushed in.
function paintNews() {
  const { outcome, upto } = results.dataset;
  const fresh = outcome
    ? job.outcomes[outcome] - first.outcomes[outcome]
    : job.progress.processed - Number(upto);
  const line = document.getElementById("new-results");
  line.hidden = fresh <= 0;
  if (fresh > 0) line.firstElementChild.textContent = count(strings.new_results, fresh);
}

// For assistive technology: at each quarter, or every 15 s.
function sayProgress() {
  const { percentage, processed, total } = job.progress;
  const waited = performance.now() - said.at;
  const isQuarter = Math.floor(percentage / 25) > Math.floor(said.percentage / 25);
  const isSoon = waited < (isQuarter ? 5000 : 15_000) || percentage === said.percentage;
  if (isSoon || job.status !== "processing") return;
  said = { at: performance.now(), percentage };
  announce(fill(strings.progress.announced, { percent: Math.floor(percentage), processed, total }));
}

live.watched = job.job_id;
live.knows(job.job_id, job.revision);
live.addEventListener("job", ({ detail }) => {
  if (detail.job.job_id === job.job_id) handleJobUpdatedEvent(detail.job, detail.isStale);
});
live.addEventListener("resync", async () => {
  await live.ask();
  if (ENDED.includes(job.status) && root.isConnected) return showEnd();
  lookForHole();
  refreshHead();
});
setInterval(() => job.status === "processing" && paintTimes(), 1000);
paint();
