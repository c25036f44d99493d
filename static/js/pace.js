// How fast a job goes and how long it will take: a moving average over the last seconds.

import { duration, fill, rate, strings } from "./words.js";

const WINDOW_MS = 20_000;
const LEAST_ITEMS = 5;
const LEAST_SECONDS = 3;

export class Pace {
  #startedAt = null;
  #samples = [];

  // `elapsed`: how many seconds it has been running; null while it waits.
  constructor(elapsed, processed) {
    if (elapsed !== null) this.#begin(performance.now() - elapsed * 1000);
    this.note(processed);
  }

  #begin(at) {
    this.#startedAt = at;
    this.#samples = [{ at, processed: 0 }];
  }

  note(processed, isRunning = true) {
    const at = performance.now();
    if (this.#startedAt === null) {
      if (isRunning && processed) this.#begin(at);
      return;
    }
    if (!isRunning) this.#samples = [];
    this.#samples.push({ at, processed });
    while (this.#samples.length > 2 && this.#samples[1].at < at - WINDOW_MS) this.#samples.shift();
  }

  start() {
    if (this.#startedAt === null) this.#begin(performance.now());
  }

  get elapsed() {
    return this.#startedAt === null ? 0 : (performance.now() - this.#startedAt) / 1000;
  }

  get perSecond() {
    if (this.#samples.length < 2) return 0;
    const [first, last] = [this.#samples[0], this.#samples.at(-1)];
    return (last.processed - first.processed) / ((performance.now() - first.at) / 1000);
  }

  rate() {
    return this.perSecond > 0 ? rate(this.perSecond) : "";
  }

  // Such as “about 45 s left”.
  left(processed, total) {
    if (processed < LEAST_ITEMS || this.elapsed < LEAST_SECONDS || this.perSecond <= 0)
      return strings.progress.estimating;
    return fill(strings.progress.left, { time: duration(rounded((total - processed) / this.perSecond)) });
  }
}

// To 5 s below a minute, to 30 s below ten, to minutes above.
function rounded(seconds) {
  const step = seconds < 60 ? 5 : seconds < 600 ? 30 : 60;
  return Math.max(step, Math.ceil(seconds / step) * step);
}
