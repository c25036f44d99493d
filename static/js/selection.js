// Which comics are ticked, over pages and reloads, and the keys for it. It belongs to one filter.

import { actions } from "./shell.js";
import { count, strings } from "./words.js";

const KEY = "selection";
const form = document.getElementById("selection-form");
const bar = document.getElementById("selection-bar");

let filter = "";
let ids = new Set();
let isAll = false; // all that match, sent as the filter
let anchor = ""; // the last tick, for a range

const results = () => document.getElementById("results");
const boxes = () => [...form.querySelectorAll('#rows input[name="comics"]')];
const matching = () => Number(results().dataset.count);

function restore() {
  const kept = JSON.parse(sessionStorage.getItem(KEY) ?? "null");
  if (kept?.filter !== filter) return;
  ids = new Set(kept.ids);
  isAll = kept.isAll;
}

function keep() {
  sessionStorage.setItem(KEY, JSON.stringify({ filter, ids: [...ids], isAll }));
}

// After the list was placed: the same filter keeps the selection, another clears it.
function placed() {
  if (results().dataset.filter !== filter) {
    clear();
    filter = results().dataset.filter;
  }
  for (const box of boxes()) box.checked = isAll || ids.has(box.value);
  anchor = "";
  show();
}

// The list's numbers changed, and perhaps some of its rows.
function counted(offer) {
  const button = document.querySelector("#select-all button");
  if (button) button.dataset.text = offer;
  show();
}

function clear() {
  ids = new Set();
  isAll = false;
}

function tick(box, isRange) {
  const all = boxes();
  const last = all.findIndex((each) => each.id === anchor);
  const from = isRange && last >= 0 ? last : all.indexOf(box);
  const [start, end] = [from, all.indexOf(box)].sort((a, b) => a - b);
  for (const each of all.slice(start, end + 1)) each.checked = box.checked;
  anchor = box.id;
  collect();
}

// What is ticked on this page, into the selection.
function collect() {
  if (isAll) clear();
  for (const box of boxes()) box.checked ? ids.add(box.value) : ids.delete(box.value);
  show();
}

function show() {
  const size = isAll ? matching() : ids.size;
  bar.dataset.count = size;
  bar.querySelector('[data-field="count"]').textContent = count(strings.selected, size);
  showHead();
  keep();
}

function showHead() {
  const ticked = boxes().filter((box) => box.checked).length;
  const head = document.getElementById("tick-page");
  const offer = document.getElementById("select-all");
  if (!head) return;
  head.checked = ticked > 0 && ticked === boxes().length;
  head.indeterminate = ticked > 0 && !head.checked;
  offer.hidden = isAll || !head.checked || matching() <= boxes().length;
  offer.firstElementChild.textContent = count(strings.selected, ids.size);
  offer.lastElementChild.textContent = offer.lastElementChild.dataset.text;
}

function onClick(event) {
  const box = event.target.closest('input[type="checkbox"]');
  if (box?.id === "tick-page") {
    for (const each of boxes()) each.checked = box.checked;
    collect();
  } else if (box) {
    tick(box, event.shiftKey);
  } else if (event.target.closest("#select-all button")) {
    isAll = true;
    placed();
  } else if (event.target.closest("#selection-bar [data-clear]")) {
    clear();
    placed();
  }
}

form.addEventListener("click", onClick);
form.addEventListener("submit", () => {
  form.elements.ids.value = [...ids].join(",");
  form.elements.scope.value = isAll ? "filter" : "ticked";
});

const focused = () => boxes().find((box) => box === document.activeElement);

// To the row before or after the one that has the focus; whether there are rows.
function step(by) {
  const all = boxes();
  const place = Math.max(0, all.indexOf(focused()) + by);
  all[place]?.focus({ preventScroll: true });
  all[place]?.closest("[data-comic]").scrollIntoView({ block: "nearest" });
  return all.length > 0;
}

actions.j = () => step(1);
actions.k = () => step(-1);
actions.x = () => (focused()?.click(), Boolean(focused()));

document.addEventListener("keydown", (event) => {
  // Else the browser would send the form: the box is a field of it.
  if (event.key === "Enter" && event.target.matches('#selection-form input[type="checkbox"]')) {
    event.preventDefault();
    event.target.closest("[data-comic]")?.querySelector("a.name")?.click();
  }
  const isElsewhere = event.target.closest("dialog, input[type=search], select");
  if (event.key !== "Escape" || isElsewhere || !bar.checkVisibility()) return;
  clear();
  placed();
});

document.addEventListener("placed", placed);
document.addEventListener("counted", ({ detail }) => counted(detail));

filter = results().dataset.filter;
restore();
// What was ticked before the scripts were there. The form has the browser restore nothing.
const isWhole = document.getElementById("tick-page")?.checked;
for (const box of boxes()) if (isWhole || box.checked) ids.add(box.value);
placed();
