// One comic: what it shows stays fresh, but for what somebody is just editing.

import { live } from "./live.js";
import { announce, refreshTimes, strings } from "./words.js";

const REFRESH_MS = 300;
const PARTS = ["comic-head", "comic-pages", "comic-tags", "comic-history"];
const comic = document.getElementById("comic");

let isChanged = document.getElementById("comic-tags").matches("[data-changed]");
let isLeaving = false;
let timer = 0;
let isFetching = false;

const form = () => document.getElementById("tags-form");

function refreshSoon() {
  timer ||= setTimeout(refresh, REFRESH_MS);
}

async function refresh() {
  if (isFetching) return (timer = setTimeout(refresh, REFRESH_MS));
  timer = 0;
  isFetching = true;
  try {
    const response = await fetch(location.href, { headers: { Accept: "text/html" } });
    if (!response.ok || response.redirected) return;
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    PARTS.forEach((id) => place(document.getElementById(id), page.getElementById(id)));
    refreshTimes();
  } catch {
    // The next news, or the next connection, brings it.
  } finally {
    isFetching = false;
  }
}

// What has not changed stays, so that nothing jumps and no focus is lost.
function place(before, after) {
  if (!before || !after || plain(before) === plain(after)) return;
  if (before.id === "comic-tags" && (isChanged || before.contains(document.activeElement))) return;
  const focused = before.contains(document.activeElement) ? document.activeElement : null;
  const open = [...before.querySelectorAll("details")].map((group) => group.open);
  before.replaceWith(after);
  after.querySelectorAll("details").forEach((group, n) => (group.open ||= open[n]));
  if (focused) (document.getElementById(focused.id) ?? after.querySelector("a, button"))?.focus({ preventScroll: true });
}

// Without what differs each time, or is a person's own.
const plain = (part) =>
  part.innerHTML.replace(/<time[^>]*>[^<]*|name="csrfmiddlewaretoken" value="[^"]*"| open=""/g, "");

async function showSources(event) {
  event.preventDefault();
  const link = event.target.closest("a");
  const address = new URL(link.href);
  address.searchParams.set("part", "sources");
  link.setAttribute("aria-busy", "true");
  try {
    const response = await fetch(address, { headers: { Accept: "text/html" } });
    if (!response.ok || response.redirected) return location.assign(link.href);
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    document.getElementById("sources").replaceWith(page.getElementById("sources"));
    document.getElementById("sources-title").focus({ preventScroll: true });
  } catch {
    link.removeAttribute("aria-busy");
    announce(strings.not_loaded);
  }
}

// Into the form, to be saved with the rest.
function takeOver(button) {
  const field = form().elements[button.name];
  if (field.tagName === "SELECT" && ![...field.options].some(({ value }) => value === button.value))
    field.add(new Option(button.value, button.value));
  field.value = button.value;
  if (field.value !== button.value) return true; // this input cannot show it: let the server
  isChanged = true;
  field.closest("details").open = true;
  field.focus();
  return false;
}

async function look(event) {
  const link = event.target.closest("#comic a[data-page]");
  if (!link || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  const viewer = await import("./viewer.js");
  viewer.open(Number(link.dataset.page));
}

document.addEventListener("click", (event) => {
  if (event.target.closest("#show-sources")) showSources(event);
  else look(event);
});
document.addEventListener("input", ({ target }) => (isChanged ||= target.form === form()));
document.addEventListener("reset", ({ target }) => (isChanged &&= target !== form()));
document.addEventListener("submit", (event) => {
  if (event.submitter?.matches(".sources button") && !takeOver(event.submitter)) event.preventDefault();
  else isLeaving = true;
});
addEventListener("beforeunload", (event) => isChanged && !isLeaving && event.preventDefault());
live.addEventListener("comic_updated", ({ detail }) => {
  if (detail.comic_id === Number(comic.dataset.comic)) refreshSoon();
});
live.addEventListener("resync", refreshSoon);
