// The page's one connection: a stream of events, and polling while there is none.
//
// States: connecting, live, polling (the stream is down, the server answers), blocked (the
// stream is open and mute), unreachable, signed-out, asleep (the tab is hidden).
//
// Events, with the news in `detail`:
//   state   the state's name
//   job     {job, isStale}: a job_updated event or a polled job; older ones are stale
//   comic_updated, library_updated, watcher_status   as they came
//   resync  events may have been missed that are not told again

const CHECK_MS = 5000;
const SILENCE_MS = 20_000; // the server breaks every silence before this
const DEAD_MS = 45_000;
const HIDDEN_MS = 2000;
const OPENING_MS = 8000;

class Live extends EventTarget {
  state = "connecting";
  watched = ""; // the job that is polled; without one, the newest jobs

  #source = null;
  #position; // the last revision up to which the stream has told all
  #known = new Map();
  #isDown = false;
  #isOpen = false;
  #opened = 0;
  #failures = 0;
  #mute = 0;
  #heardAt = 0;
  #timers = { check: 0, retry: 0, hide: 0 };
  #asking = null;

  start(data) {
    this.data = data;
    this.#position = Number(data.revision);
    document.addEventListener("visibilitychange", () => this.#onVisibility());
    addEventListener("pagehide", () => this.#sleep());
    addEventListener("pageshow", (event) => event.persisted && this.#wake());
    if (document.hidden) this.#set("asleep");
    else this.#wake();
  }

  // The revision with which the page shows this job.
  knows(id, revision) {
    this.#known.set(id, revision);
  }

  #wake() {
    this.#timers.check ||= setInterval(() => this.#check(), CHECK_MS);
    if (!this.#source && this.state !== "signed-out") this.#connect();
  }

  #sleep() {
    this.#disconnect();
    for (const name of ["check", "retry"]) this.#stop(name);
    this.#isDown = false;
    this.#failures = 0;
    if (this.state !== "signed-out") this.#set("asleep");
  }

  #onVisibility() {
    this.#stop("hide");
    if (document.hidden) this.#timers.hide = setTimeout(() => this.#sleep(), HIDDEN_MS);
    else this.#wake();
  }

  #stop(name) {
    clearTimeout(this.#timers[name]);
    this.#timers[name] = 0;
  }

  #connect() {
    this.#disconnect();
    // Built anew each time: the browser itself would send back the id of the last event of any
    // kind, and the position must be one of ours.
    const source = new EventSource(`${this.data.stream}?lastEventId=jobs:${this.#position}`);
    this.#source = source;
    this.#heardAt = performance.now();
    const on = (type, act) =>
      source.addEventListener(type, (event) => {
        this.#heard();
        act(event);
      });
    on("stream-open", () => this.#onOpen());
    on("stream-reset", () => this.#tell("resync"));
    on("stream-error", () => this.#signOut());
    on("keep-alive", () => {});
    on("job_updated", (event) => this.#onJob(event));
    for (const type of ["comic_updated", "library_updated", "watcher_status"])
      on(type, (event) => this.#tell(type, JSON.parse(event.data).data));
    source.onerror = () => source === this.#source && this.#fail();
    if (this.state === "asleep") this.#set("connecting");
  }

  #disconnect() {
    this.#source?.close();
    this.#source = null;
    this.#isOpen = false;
  }

  #heard() {
    this.#heardAt = performance.now();
    this.#mute = 0;
    if (this.#isOpen) this.#set("live");
  }

  #onOpen() {
    this.#isOpen = true;
    this.#isDown = false;
    this.#failures = 0;
    this.#set("live");
    if (this.#opened++) this.#tell("resync");
  }

  #onJob(event) {
    const revision = Number(event.lastEventId.replace("jobs:", ""));
    if (revision > this.#position) this.#position = revision;
    this.#take(JSON.parse(event.data).data);
  }

  // Whether it was news.
  #take(job) {
    const known = this.#known.get(job.job_id) ?? 0;
    if (job.revision > known) this.#known.set(job.job_id, job.revision);
    this.#tell("job", { job, isStale: job.revision < known });
    return job.revision > known;
  }

  #fail() {
    this.#disconnect();
    this.#failures += 1;
    if (this.#failures === 1) {
      this.#timers.retry = setTimeout(() => this.#connect(), 500 + 1000 * Math.random());
    } else if (!this.#isDown) {
      this.#isDown = true;
      this.#check();
    }
  }

  async #check() {
    const silence = performance.now() - this.#heardAt;
    if (this.state === "signed-out" || this.state === "asleep") return;
    if (this.#isDown) {
      if ((await this.ask()) && !this.#source) this.#connect();
    } else if (this.#source && silence > DEAD_MS) {
      this.#fail();
    } else if (this.#source && silence > (this.#isOpen ? SILENCE_MS : OPENING_MS)) {
      // Twice in a row the server had news that an open stream did not bring.
      if ((await this.ask()) && this.#mute >= 2) this.#set("blocked");
    }
  }

  // Fetch the state instead of waiting for it; whether the server answered. One at a time.
  ask() {
    this.#asking ??= this.#ask().finally(() => (this.#asking = null));
    return this.#asking;
  }

  async #ask() {
    const url = this.data.jobsApi + (this.watched ? `${this.watched}/` : "");
    let response;
    try {
      const signal = AbortSignal.timeout(10_000);
      response = await fetch(url, { cache: "no-store", signal, redirect: "manual" });
      if (response.status === 401 || response.type === "opaqueredirect") return this.#signOut();
      if (response.status >= 500) throw new Error(response.status);
      const body = response.ok ? await response.json() : { results: [] };
      const news = (body.results ?? [body]).filter((job) => this.#take(job));
      if (news.length) this.#mute += 1;
    } catch {
      if (this.#isDown) this.#set("unreachable");
      return false;
    }
    if (this.#isDown) this.#set("polling");
    return true;
  }

  #signOut() {
    this.#disconnect();
    this.#set("signed-out");
    return false;
  }

  #set(state) {
    if (state === this.state) return;
    this.state = state;
    this.#tell("state", state);
  }

  #tell(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}

export const live = new Live();
