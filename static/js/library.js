// The library's list: filters, tabs, order and pages without loading the page anew, and its rows
// and numbers as the comics change.

import { live } from "./live.js";
import { announce, count, paced, partOf, replaceBy, strings } from "./words.js";

const TYPING_MS = 300;
const DIM_MS = 120;
const REFRESH_MS = 2000;
const ENDED = ["completed", "failed", "cancelled"];
const filters = document.getElementById("filters");
const layouts = document.getElementById("layouts");
const panelButton = document.getElementById("panel-button");

let fetching = null;
let typingTimer = 0;
let refreshTimer = 0;
let changed = new Set(); // the comics on this page whose rows are old
let patching = null;

const results = () => document.getElementById("results");
const address = () => new URLSearchParams(location.search);

async function load(query, { isQuiet = false } = {}) {
  fetching?.abort();
  const mine = (fetching = new AbortController());
  const dim = isQuiet ? 0 : setTimeout(() => results().classList.add("is-old"), DIM_MS);
  query.set("part", "results");
  try {
    const isPlaced = await replaceBy(`${location.pathname}?${query}`, "results", mine.signal);
    if (!isPlaced && !isQuiet) location.reload();
    else if (!isQuiet) announce(count(strings.matches, Number(results().dataset.count)));
  } catch (error) {
    if (error.name !== "AbortError" && !isQuiet) announce(strings.not_loaded);
  } finally {
    clearTimeout(dim);
    if (fetching === mine) {
      fetching = null;
      results().classList.remove("is-old");
    }
  }
}

function go(query, { isNew = true } = {}) {
  history[isNew ? "pushState" : "replaceState"](null, "", `${location.pathname}${query.size ? `?${query}` : ""}`);
  showPanel();
  return load(new URLSearchParams(query));
}

// What the address says, but for what the form's fields say.
function queryOfForm() {
  const query = address();
  query.delete("page");
  for (const { name, value, type } of filters.elements) {
    if (!name || type === "hidden") continue;
    if (!value || (name === "page_size" && value === "50")) query.delete(name);
    else query.set(name, value);
  }
  return query;
}

// The form says what the address says.
function fillForm() {
  for (const field of filters.elements)
    if (field.name && field.type !== "hidden" && field !== document.activeElement)
      field.value = address().get(field.name) ?? (field.name === "page_size" ? "50" : "");
}

// The filters' choices and their counts follow the list.
async function showPanel() {
  const isOpen = address().get("panel") === "open";
  panelButton.setAttribute("aria-expanded", isOpen);
  const query = address();
  isOpen ? query.delete("panel") : query.set("panel", "open");
  panelButton.href = `?${query}`;
  if (!isOpen) {
    document.getElementById("panel").hidden = true;
    document.getElementById("panel").replaceChildren();
    return;
  }
  if (document.activeElement.matches("#panel input")) return; // somebody types
  query.set("part", "panel");
  query.set("panel", "open");
  await replaceBy(`${location.pathname}?${query}`, "panel").catch(() => {});
}

async function chooseLayout(event) {
  event.preventDefault();
  const body = new FormData(layouts, event.submitter);
  await fetch(layouts.action, { method: "POST", body, redirect: "manual" }).catch(() => {});
  for (const button of layouts.elements)
    if (button.name === "layout") button.setAttribute("aria-pressed", button === event.submitter);
  load(address());
}

function onClick(event) {
  const link = event.target.closest("#results a, #panel-button");
  if (!link || link.pathname !== location.pathname) return;
  if (event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  const isPaging = link.closest(".pager");
  go(new URLSearchParams(link.search)).then(() => {
    fillForm();
    if (isPaging) results().scrollIntoView({ block: "start" });
  });
}

function refreshSoon() {
  refreshTimer ||= setTimeout(() => {
    refreshTimer = 0;
    load(address(), { isQuiet: true });
  }, REFRESH_MS);
}

// While a job runs rows change where they are: none moves away from under the pointer.
function onComic({ detail }) {
  if (document.querySelector(`#rows [data-comic="${Number(detail.comic_id)}"]`)) changed.add(detail.comic_id);
  patchSoon();
}

const patchSoon = paced(() => (patching ??= patch().finally(() => (patching = null))), 1000);

async function patch() {
  const ids = [...changed].slice(0, 200);
  changed = new Set([...changed].slice(200));
  const query = address();
  query.set("part", "live");
  query.set("ids", ids.join(","));
  const part = await partOf(`${location.pathname}?${query}`).catch(() => null);
  const fresh = part?.getElementById("live");
  // A list that was placed meanwhile is newer.
  if (!fresh || fetching) return;
  for (const row of fresh.querySelectorAll("[data-comic]")) {
    const old = document.querySelector(`#rows [data-comic="${row.dataset.comic}"]`);
    if (old) replaceRow(old, row);
  }
  for (const id of ["lead", "tabs"]) document.getElementById(id)?.replaceWith(fresh.querySelector(`#${id}`));
  results().dataset.count = fresh.dataset.count;
  document.dispatchEvent(new CustomEvent("counted", { detail: fresh.dataset.offer }));
  if (changed.size) patchSoon();
}

function replaceRow(old, row) {
  const focused = old.contains(document.activeElement) ? document.activeElement.id : "";
  const [before, after] = [old, row].map((each) => each.querySelector('[name="comics"]')); // editors have it
  if (after) after.checked = before?.checked;
  old.replaceWith(row);
  if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
}

// Of jobs too: theirs is the only news that is told again to a page that was not listening yet.
function onJob({ detail: { job, isStale } }) {
  if (isStale) return;
  if (ENDED.includes(job.status) || job.operation === "scan") refreshSoon();
}

// By a person, before the scripts were there: the form has the browser restore nothing.
function isTouched(field) {
  if (!field.options) return field.name && field.value !== field.defaultValue;
  const original = [...field.options].findIndex((each) => each.defaultSelected);
  return field.selectedIndex !== Math.max(0, original);
}

function start() {
  document.addEventListener("click", onClick);
  layouts.addEventListener("submit", chooseLayout);
  filters.addEventListener("submit", (event) => event.preventDefault());
  document.addEventListener("input", ({ target }) => {
    if (target.form !== filters) return;
    clearTimeout(typingTimer);
    const isTyping = ["search", "text", "number", "date"].includes(target.type);
    const act = () => go(queryOfForm(), { isNew: !isTyping });
    typingTimer = setTimeout(act, isTyping ? TYPING_MS : 0);
  });
  addEventListener("popstate", () => {
    fillForm();
    showPanel();
    load(address());
  });
  live.addEventListener("comic_updated", onComic);
  live.addEventListener("job", onJob);
  for (const news of ["library_updated", "resync"]) live.addEventListener(news, refreshSoon);
  if ([...filters.elements].some(isTouched)) go(queryOfForm(), { isNew: false });
}

if (filters) start();
