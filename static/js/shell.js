// Every page: the connection, the badge, the strip of the running job, how the folders are watched,
// colours, notices, what is asked before a form is sent, and keys that act alone.

import { live } from "./live.js";
import { fill, paced, placeAll, refreshTimes, strings } from "./words.js";

const ENDED = ["completed", "failed", "cancelled"];
const TONES = { processing: "info", completed: "good", failed: "bad" };
const notice = document.getElementById("connection-notice");
const badge = document.getElementById("badge");
const strip = document.getElementById("strip");
const toggle = document.getElementById("shortcuts-on");
const running = new Map();
let attention = Number(badge.dataset.attention);
let shown = null;
let watchTimer = 0;

export function tone(job) {
  if (job.status !== "completed" || !job.progress.errors) return TONES[job.status] ?? "quiet";
  return job.progress.errors === job.progress.total ? "bad" : "warn";
}

export function statusLabel(job) {
  const isStopping = job.cancelling && !ENDED.includes(job.status);
  return strings.status[isStopping ? "stopping" : job.status];
}

function showConnection(state) {
  document.body.dataset.connection = state;
  document.getElementById("connection").textContent = strings.connection[state];
  const text = strings.notice[state];
  notice.hidden = !text;
  if (text) notice.querySelector("p").textContent = text;
  document.getElementById("sign-in-again").hidden = state !== "signed-out";
  const isAway = state === "unreachable" || state === "signed-out";
  for (const button of document.querySelectorAll("[data-needs-server]")) button.disabled = isAway;
}

function showBadge() {
  const count = running.size || attention;
  badge.hidden = !count;
  badge.classList.toggle("badge-bad", !running.size);
  const label = running.size ? badge.dataset.runningLabel : badge.dataset.attentionLabel;
  badge.firstElementChild.textContent = count;
  badge.lastElementChild.textContent = ` ${label}`;
}

function onJob({ detail: { job, isStale } }) {
  if (isStale) return;
  const wasRunning = running.delete(job.job_id);
  if (!ENDED.includes(job.status)) running.set(job.job_id, job);
  else if (wasRunning && !job.dry_run && (job.status === "failed" || (job.status === "completed" && job.progress.errors)))
    attention += 1;
  shown = chooseShown(job);
  paint();
}

// The job that runs; else the one that did until now; else one that waits.
function chooseShown(job) {
  const jobs = [...running.values()].filter(Boolean); // of some only the ids are known
  const active = jobs.find((each) => each.status === "processing");
  return active ?? (shown?.job_id === job.job_id ? job : (jobs[0] ?? shown));
}

const paint = paced(() => {
  showBadge();
  if (strip && shown) showStrip(shown);
});

function showStrip(job) {
  const field = (name) => strip.querySelector(`[data-field="${name}"]`);
  const { percentage, processed, total } = job.progress;
  strip.hidden = false;
  field("status").className = `pill pill-${tone(job)}`;
  field("status").textContent = statusLabel(job);
  field("label").textContent = strings.operations[job.operation] ?? job.operation;
  field("label").href = `${document.body.dataset.jobsPage}${job.job_id}/`;
  field("percent").textContent = `${Math.floor(percentage)}%`;
  field("count").textContent = total ? fill(strings.progress.of, { processed, total }) : "";
  field("bar").value = percentage;
}

// A library that is switched on tells several things at once.
function showWatchingLater() {
  clearTimeout(watchTimer);
  watchTimer = setTimeout(() => placeAll(document.body.dataset.watching).catch(() => {}), 300);
}

function chooseTheme(event) {
  event.preventDefault();
  const { target: form, submitter } = event;
  document.documentElement.dataset.theme = submitter.value;
  for (const button of document.querySelectorAll('.themes [name="theme"]'))
    button.setAttribute("aria-pressed", button.value === submitter.value);
  const body = new FormData(form, submitter);
  fetch(form.action, { method: "POST", body, redirect: "manual" }).catch(() => {});
}

function dismissLater(message) {
  const close = () => !message.matches(":hover, :focus-within") && message.remove();
  const timer = setInterval(() => (close(), message.isConnected || clearInterval(timer)), 8000);
}

// A form with data-confirm asks by the dialog of that id first. Without scripts it does not ask.
function confirmFirst(event) {
  const form = event.target;
  const dialog = document.getElementById(form.dataset.confirm ?? "");
  if (!dialog || form.dataset.isConfirmed) return;
  event.preventDefault();
  dialog.showModal();
  dialog.addEventListener("click", ({ target }) => answer(target, dialog, form));
}

function answer(target, dialog, form) {
  if (target.closest("[data-close]")) dialog.close();
  if (!target.closest("[data-confirmed]")) return;
  dialog.close();
  form.dataset.isConfirmed = "true";
  form.requestSubmit();
}

// "/" searches, "?" helps, and what a page adds. They can be switched off.
export const actions = {
  "/": () => {
    const search = document.getElementById("search");
    search?.focus();
    search?.select();
    return Boolean(search);
  },
  "?": () => {
    document.getElementById("shortcuts").showModal();
    return true;
  },
};

function onKey(event) {
  const isTyping = event.target.closest("input:not([type=checkbox]), select, textarea, dialog");
  if (!toggle.checked || isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
  if (actions[event.key]?.()) event.preventDefault();
}

document.addEventListener("submit", confirmFirst);
document.addEventListener("keydown", onKey);
for (const form of document.querySelectorAll(".theme-form")) form.addEventListener("submit", chooseTheme);
document.addEventListener("click", ({ target }) => {
  if (target.closest("[data-dismiss]")) target.closest(".notice").remove();
});
for (const message of document.querySelectorAll(".notice-good:has([data-dismiss])"))
  dismissLater(message);
toggle.checked = localStorage.getItem("shortcuts") !== "off";
toggle.addEventListener("change", () => localStorage.setItem("shortcuts", toggle.checked ? "on" : "off"));
setInterval(refreshTimes, 20_000);

for (const id of badge.dataset.running.split(" ").filter(Boolean)) running.set(id, null);
live.addEventListener("state", ({ detail }) => showConnection(detail));
live.addEventListener("job", onJob);
for (const news of ["watcher_status", "resync"]) live.addEventListener(news, showWatchingLater);
showConnection(live.state);
// The page's own module comes after this one, and must hear the first event too: when the stream
// opens late, that may be the job's last.
addEventListener("DOMContentLoaded", () => live.start(document.body.dataset));
