// The list of results, newest first: rows of the server's own pattern, filled in here.

import { milliseconds } from "./words.js";

const MOST = 100;

export class Rows {
  #waiting = new Map();
  #body = document.getElementById("rows");

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
  }

  #place(fresh) {
    const n = Number(fresh.dataset.n);
    const next = [...this.#body.children].find((each) => Number(each.dataset.n) <= n);
    if (next && Number(next.dataset.n) === n) {
      fresh.querySelector("details").open = next.querySelector("details").open;
      next.replaceWith(fresh);
    } else {
      this.#body.insertBefore(fresh, next ?? null);
    }
  }
}

// Which results the page knows: all up to `complete`, and some beyond a hole.
export class Known {
  #beyond = new Set();

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
}

function row(item) {
  const pattern = document.querySelector(`template[data-outcome="${item.outcome}"]`);
  const made = pattern.content.firstElementChild.cloneNode(true);
  const field = (name) => made.querySelector(`[data-field="${name}"]`);
  const cut = item.path.lastIndexOf("/");
  made.dataset.n = item.n;
  field("name").textContent = item.path.slice(cut + 1);
  field("folder").textContent = cut < 0 ? "" : item.path.slice(0, cut);
  if (item.message) field("message").textContent = item.message;
  if (item.duration_ms != null) field("took").textContent = milliseconds(item.duration_ms);
  showChanges(field("changes"), item.changes ?? []);
  return made;
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

// As a whole: which words differ the server says when the job has ended.
function marked(name, text) {
  const mark = document.createElement(name);
  mark.textContent = text;
  return mark;
}
