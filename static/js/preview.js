// Before something is done: options with their live result, and the ticks of a preview.

import { count, replaceBy } from "./words.js";

const TYPING_MS = 400;
const ROWS = 25;

const form = () => document.getElementById("preview-form");
const boxes = () => [...form().querySelectorAll('[name="tick"]:enabled')];

let anchor = null; // the last tick, for a range
let keeping = null;
let isOld = false;

// The server keeps the ticks: one request at a time, the newest state last.
async function keep() {
  isOld = true;
  keeping ??= (async () => {
    while (isOld) {
      isOld = false;
      const body = new FormData(form());
      body.set("keep", "1");
      await fetch(form().action, { method: "POST", body, keepalive: true }).catch(() => {});
    }
    keeping = null;
  })();
}

function onTick(box, isRange) {
  const all = boxes();
  const before = all.filter((each) => each.defaultChecked).length;
  if (box.id === "tick-page") for (const each of all) each.checked = box.checked;
  else if (isRange && anchor?.isConnected) {
    const [start, end] = [all.indexOf(anchor), all.indexOf(box)].sort((a, b) => a - b);
    for (const each of all.slice(start, end + 1)) each.checked = box.checked;
  }
  anchor = box.id ? null : box;
  const now = all.filter((each) => each.checked).length;
  const head = document.getElementById("tick-page");
  head.checked = now === all.length;
  head.indeterminate = now > 0 && now < all.length;
  showCall(Number(form().dataset.ticked) - before + now);
  keep();
}

function showCall(ticked) {
  const button = document.getElementById("apply");
  button.disabled = !ticked;
  button.lastElementChild.textContent = count(button.dataset, ticked);
}

// A chip puts its field into the template.
function putIn(chip) {
  const input = document.getElementById(chip.dataset.chip);
  input.setRangeText(chip.textContent, input.selectionStart, input.selectionEnd, "end");
  input.focus();
  input.dispatchEvent(new Event("input", { bubbles: true }));
}

// What the first comics would be called.
let typing = 0;
function onInput({ target }) {
  const input = target.form?.querySelector("[data-names]");
  if (!input) return;
  clearTimeout(typing);
  typing = setTimeout(() => showNames(input), TYPING_MS);
}

let naming = null;
async function showNames(input) {
  naming?.abort();
  naming = new AbortController();
  const shown = document.getElementById("names") ?? placeForNames(input);
  const query = new URLSearchParams(new FormData(input.form));
  for (const name of ["csrfmiddlewaretoken", "ids", "filter", "scope"]) query.delete(name);
  query.set("comics", shown.dataset.comics);
  await replaceBy(`${input.dataset.names}?${query}`, "names", naming.signal).catch(() => false);
}

function placeForNames(input) {
  const place = document.createElement("section");
  const rows = [...document.querySelectorAll("[data-comic]")].slice(0, ROWS);
  place.id = "names";
  place.dataset.comics = rows.map((row) => row.dataset.comic);
  input.closest(".options").after(place);
  return place;
}

// Only what an action takes is shown.
function prepareAction(select) {
  const show = () => {
    for (const each of select.form.querySelectorAll("[data-for]"))
      each.closest(".field").hidden = !each.dataset.for.split(" ").includes(select.value);
  };
  select.addEventListener("change", show);
  show();
}

document.addEventListener("input", onInput);
document.addEventListener("click", ({ target, shiftKey }) => {
  if (target.closest("[data-chip]")) putIn(target);
  if (target.closest("#preview-form") && target.matches('#tick-page, [name="tick"]')) onTick(target, shiftKey);
});
// Else the browser would send the form, and with it apply the preview: the box is a field of it.
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && event.target.matches('#preview-form input[type="checkbox"]')) event.preventDefault();
});

function prepare() {
  for (const select of document.querySelectorAll("[data-action]")) prepareAction(select);
}

document.addEventListener("placed", prepare);
prepare();
