// The library's list: filters, tabs, order and pages without loading the page anew.

import { live } from "./live.js";
import { announce, count, replaceBy, strings } from "./words.js";

const TYPING_MS = 300;
const DIM_MS = 120;
const REFRESH_MS = 2000;
const filters = document.getElementById("filters");

let fetching = null;
let typingTimer = 0;
let refreshTimer = 0;
let selection = null;

const results = () => document.getElementById("results");

async function load(query, { isQuiet = false } = {}) {
  fetching?.abort();
  const mine = (fetching = new AbortController());
  const dim = isQuiet ? 0 : setTimeout(() => results().classList.add("is-old"), DIM_MS);
  query.set("part", "results");
  try {
    const isPlaced = await replaceBy(`${location.pathname}?${query}`, "results", mine.signal);
    if (isPlaced) placed(isQuiet);
    else if (!isQuiet) location.reload();
  } catch (error) {
    if (error.name !== "AbortError" && !isQuiet) announce(strings.not_loaded);
  } finally {
    clearTimeout(dim);
    if (fetching === mine) results().classList.remove("is-old");
  }
}

function placed(isQuiet) {
  selection?.placed();
  if (!isQuiet) announce(count(strings.matches, Number(results().dataset.count)));
}

function go(query, { isNew = true } = {}) {
  const address = `${location.pathname}${query.size ? `?${query}` : ""}`;
  history[isNew ? "pushState" : "replaceState"](null, "", address);
  return load(new URLSearchParams(query));
}

function queryOfForm() {
  const query = new URLSearchParams(new FormData(filters));
  for (const [name, value] of [...query])
    if (!value || (name === "page_size" && value === "50")) query.delete(name);
  return query;
}

// The form says what the address says.
function fillForm() {
  const query = new URLSearchParams(location.search);
  filters.elements.search.value = query.get("search") ?? "";
  filters.elements.format.value = query.get("format") ?? "";
  filters.elements.page_size.value = query.get("page_size") ?? "50";
}

function onClick(event) {
  const link = event.target.closest("#results a");
  if (!link || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
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
    load(new URLSearchParams(location.search), { isQuiet: true });
  }, REFRESH_MS);
}

async function start() {
  if (document.getElementById("selection-bar")) selection = await import("./selection.js");
  document.addEventListener("click", onClick);
  filters.addEventListener("submit", (event) => event.preventDefault());
  filters.addEventListener("input", ({ target }) => {
    clearTimeout(typingTimer);
    const isTyping = target.type === "search";
    const act = () => go(queryOfForm(), { isNew: !isTyping });
    typingTimer = setTimeout(act, isTyping ? TYPING_MS : 0);
  });
  addEventListener("popstate", () => {
    fillForm();
    load(new URLSearchParams(location.search));
  });
  // Of jobs too: theirs is the only news that is told again to a page that was not listening yet.
  for (const news of ["job", "comic_updated", "library_updated", "resync"])
    live.addEventListener(news, refreshSoon);
}

if (filters) start();
