// How fast a job goes and how long it will take: a moving average over the last seconds.

import { duration, fill, rate, strings } from "./words.js";

const WINDOW_MS = 20_000;
const SMOOTH_MS = 6000;
const LEAST_ITEMS = 5;
const LEAST_SECONDS = 3;

export class Pace {
  #startedAt = null;
  #samples = [];
  #end = null; // when it will be done, smoothed
  #askedAt = 0;
  #shown = Infinity; // seconds

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
    if (!isRunning) [this.#samples, this.#end, this.#shown] = [[], null, Infinity];
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
    const at = performance.now();
    const end = at + (1000 * (total - processed)) / this.perSecond;
    // Towards the new estimate by and by, so that what is shown does not jump with every group.
    const share = 1 - Math.exp((this.#askedAt - at) / SMOOTH_MS);
    this.#end = this.#end === null ? end : this.#end + share * (end - this.#end);
    this.#askedAt = at;
    const seconds = rounded((this.#end - at) / 1000);
    // Up only where it is more than the rounding.
    if (!(seconds > this.#shown && seconds <= this.#shown + stepOf(seconds))) this.#shown = seconds;
    return fill(strings.progress.left, { time: duration(this.#shown) });
  }
}

// To 5 s below a minute, to 30 s below ten, to minutes above.
const stepOf = (seconds) => (seconds < 60 ? 5 : seconds < 600 ? 30 : 60);

function rounded(seconds) {
  const step = stepOf(seconds);
  return Math.max(step, Math.ceil(seconds / step) * step);
}
