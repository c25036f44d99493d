// Pages, large, one after the other.

import { fill } from "./words.js";

const viewer = document.getElementById("viewer");
const image = viewer.querySelector(".viewer-page");
const none = viewer.querySelector(".viewer-none");
const status = viewer.querySelector("[role=status]");
const ahead = new Image();

let page = 1;

const links = () => [...document.querySelectorAll("#page-strip a[data-page]")];
const addressOf = (link) => `${link.href}&blank=1`;

export function open(number) {
  viewer.showModal();
  show(number);
}

function show(number) {
  const all = links();
  page = Math.min(Math.max(number, 1), all.length);
  image.hidden = none.hidden = true;
  image.src = addressOf(all[page - 1]);
  status.textContent = fill(status.dataset.text, { page, pages: all.length });
  for (const button of viewer.querySelectorAll("[data-go]"))
    button.disabled = !all[page - 1 + Number(button.dataset.go)];
  if (!viewer.contains(document.activeElement)) viewer.querySelector("form button").focus();
  if (all[page]) ahead.src = addressOf(all[page]);
}

// A page that cannot be shown comes as a single pixel.
image.addEventListener("load", () => {
  const isBlank = image.naturalWidth <= 1;
  image.hidden = isBlank;
  none.hidden = !isBlank;
});
image.addEventListener("error", () => (none.hidden = false));
viewer.addEventListener("click", ({ target }) => {
  const button = target.closest("[data-go]");
  if (button) show(page + Number(button.dataset.go));
  else if (target === viewer) viewer.close();
});
// Of the whole document: a button that was just disabled has lost the focus to nothing.
document.addEventListener("keydown", (event) => {
  if (!viewer.open) return;
  const forward = viewer.matches("[data-right-to-left]") ? "ArrowLeft" : "ArrowRight";
  const back = forward === "ArrowLeft" ? "ArrowRight" : "ArrowLeft";
  const wanted = { [forward]: page + 1, [back]: page - 1, Home: 1, End: links().length }[event.key];
  if (wanted === undefined) return;
  event.preventDefault();
  show(wanted);
});
viewer.addEventListener("close", () => {
  image.removeAttribute("src");
  links()[page - 1]?.focus();
});
