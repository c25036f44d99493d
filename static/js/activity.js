// Activity: the cards of the jobs that run, live; the list anew when one begins or ends.

import { live } from "./live.js";
import { Pace } from "./pace.js";
import { fill, paced, replaceBy, strings } from "./words.js";

const paces = new Map();
const news = new Map();
let refreshTimer = 0;

const cardOf = (id) => document.querySelector(`.job-card[data-job="${id}"]`);
const stateOf = (job) => (job.cancelling ? "stopping" : job.status);

function paceOf(card) {
  const { job, elapsed, processed } = card.dataset;
  if (!paces.has(job)) paces.set(job, new Pace(elapsed ? Number(elapsed) : null, Number(processed)));
  return paces.get(job);
}

function onJob({ detail: { job, isStale } }) {
  if (isStale) return;
  const card = cardOf(job.job_id);
  const hasEnded = ["completed", "failed", "cancelled"].includes(job.status);
  if (card ? card.dataset.status !== stateOf(job) : !hasEnded) refresh();
  if (!card) return;
  const pace = paceOf(card);
  if (job.status === "processing") pace.start();
  pace.note(job.progress.processed, job.status === "processing");
  news.set(job.job_id, { ...news.get(job.job_id), ...job });
  paint();
}

const paint = paced(() => {
  for (const job of news.values()) {
    const card = cardOf(job.job_id);
    if (card) show(card, job);
  }
});

function show(card, job) {
  const { processed, total, percentage, errors } = job.progress;
  const field = (name) => card.querySelector(`[data-field="${name}"]`);
  const isRunning = job.status === "processing";
  field("bar").value = percentage;
  field("count").textContent = fill(strings.progress.of, { processed, total });
  field("rate").textContent = isRunning ? paceOf(card).rate() : "";
  field("left").textContent = isRunning ? paceOf(card).left(processed, total) : "";
  field("failed").textContent = errors ? fill(strings.progress.failed, { count: errors }) : "";
  if (job.item) field("current").textContent = job.item.path;
}

function refresh() {
  if (refreshTimer) return;
  refreshTimer = setTimeout(async () => {
    refreshTimer = 0;
    const query = new URLSearchParams(location.search);
    query.set("part", "activity");
    await replaceBy(`?${query}`, "activity").catch(() => false);
    paint();
  }, 300);
}

live.addEventListener("job", onJob);
live.addEventListener("resync", refresh);
