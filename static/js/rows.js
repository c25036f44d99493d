// The list of results, newest first: rows of the server's own pattern, filled in here at once. What
// only the server knows (what to do about an error, which words differ) follows for the rows that
// have failed or that somebody opens.

import { milliseconds, paced, partOf } from "./words.js";

const MOST = 100;
const COMPLETE_MS = 1000;
const HOLE_MS = 400;

export class Rows {
  #waiting = new Map();
  #body = document.getElementById("rows");
  #asking = null;

  constructor() {
    this.#body.addEventListener("toggle", () => this.#complete(), { capture: true });
  }

  // `n` of every row that is there.
  get numbers() {
    return [...this.#body.children].map((row) => Number(row.dataset.n));
  }

  add(item) {
    this.#waiting.set(item.n, { ...this.#waiting.get(item.n), ...item });
  }

  paint() {
    const newest = [...this.#waiting.values()].sort((a, b) => a.n - b.n).slice(-MOST);
    this.#waiting.clear();
    for (const item of newest) this.#place(row(item));
    while (this.#body.children.length > MOST) this.#body.lastElementChild.remove();
    this.#complete();
  }

  #complete = paced(() => {
    this.#asking ??= this.#ask().finally(() => (this.#asking = null));
  }, COMPLETE_MS);

  async #ask() {
    const rough = [...this.#body.children].filter((row) => row.dataset.rough && needsMore(row));
    if (!rough.length) return;
    const numbers = rough.map((row) => row.dataset.n);
    const part = await partOf(`${location.pathname}?part=rows&n=${numbers}`).catch(() => null);
    const known = new Set(this.numbers);
    const fresh = [...(part?.querySelectorAll("tr[data-n]") ?? [])];
    for (const row of fresh) if (known.has(Number(row.dataset.n))) this.#place(row);
    if (fresh.length) this.#complete(); // for those that came meanwhile
  }

  #place(fresh) {
    const n = Number(fresh.dataset.n);
    const next = [...this.#body.children].find((each) => Number(each.dataset.n) <= n);
    if (next && Number(next.dataset.n) === n) {
      const hadFocus = next.contains(document.activeElement);
      changesOf(fresh).open = changesOf(next).open;
      next.replaceWith(fresh);
      if (hadFocus) changesOf(fresh).firstElementChild.focus({ preventScroll: true });
    } else {
      this.#body.insertBefore(fresh, next ?? null);
    }
  }
}

// Which results the page knows: all up to `complete`, and some beyond a hole. What has not come by
// itself after a moment is fetched, the last that the page shows at most.
export class Known {
  #beyond = new Set();
  #timer = 0;

  constructor(complete) {
    this.complete = complete;
  }

  add(n) {
    if (n > this.complete) this.#beyond.add(n);
    while (this.#beyond.delete(this.complete + 1)) this.complete += 1;
  }

  addUpTo(n) {
    this.complete = Math.max(this.complete, n);
    for (const each of this.#beyond) if (each <= n) this.#beyond.delete(each);
  }

  // `done` says how many there are by now; `add` takes each item from the answers of `url`.
  lookForHole(done, url, add) {
    if (this.complete >= done() || this.#timer) return;
    this.#timer = setTimeout(() => {
      this.#timer = 0;
      if (this.complete < done()) this.#fill(done(), url, add);
    }, HOLE_MS);
  }

  async #fill(upto, url, add) {
    let after = Math.max(this.complete, upto - MOST);
    while (after < upto) {
      const response = await fetch(`${url}?after=${after}`, { cache: "no-store" }).catch(() => null);
      const items = response?.ok ? (await response.json()).results : [];
      if (!items.length) return;
      items.forEach(add);
      after = items.at(-1).n;
    }
    this.addUpTo(upto);
  }
}

const changesOf = (row) => row.querySelector('[data-field="changes"]');
const needsMore = (row) =>
  row.matches(".result-failed, .result-conflict, .result-skipped") || changesOf(row).open;

function row(item) {
  const pattern = document.querySelector(`template[data-outcome="${item.outcome}"]`);
  const made = pattern.content.firstElementChild.cloneNode(true);
  const field = (name) => made.querySelector(`[data-field="${name}"]`);
  const cut = item.path.lastIndexOf("/");
  made.dataset.n = item.n;
  made.dataset.rough = "true";
  write(field("name"), item.path.slice(cut + 1));
  write(field("folder"), cut < 0 ? "" : item.path.slice(0, cut));
  if (item.message) field("message").textContent = item.message;
  if (item.duration_ms != null) field("took").textContent = milliseconds(item.duration_ms);
  showChanges(field("changes"), item.changes ?? []);
  return made;
}

// Long ones are cut off; the title has all of it.
function write(element, text) {
  element.textContent = element.title = text;
}

function showChanges(details, changes) {
  const pattern = details.querySelector(".change");
  const filled = changes.map((change) => {
    const line = pattern.cloneNode(true);
    const place = (name) => line.querySelector(`[data-field="${name}"]`);
    place("field").textContent = change.field;
    place("before").append(marked("del", change.before));
    place("after").append(marked("ins", change.after));
    return line;
  });
  pattern.replaceWith(...filled);
  details.hidden = !changes.length;
}

// As a whole: which words differ the server says.
function marked(name, text) {
  const mark = document.createElement(name);
  mark.textContent = text;
  return mark;
}
