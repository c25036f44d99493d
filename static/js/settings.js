// While it is typed: what a library's rules would name its first comics, and what is in a folder.

import { replaceBy } from "./words.js";

const TYPING_MS = 250;

function prepare(form) {
  let timer = 0;
  let asking = null;
  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(async () => {
      asking?.abort();
      asking = new AbortController();
      const query = new URLSearchParams(new FormData(form));
      query.delete("csrfmiddlewaretoken");
      const url = `${form.dataset.shows}?${query}`;
      await replaceBy(url, form.dataset.place, asking.signal).catch(() => false);
    }, TYPING_MS);
  });
}

for (const form of document.querySelectorAll("[data-shows]")) prepare(form);
