// Words, numbers and times. Strings come from the page's one JSON block.

const block = document.getElementById("strings");
export const strings = block ? JSON.parse(block.textContent) : {};

const language = document.documentElement.lang || "en";
const numbers = new Intl.NumberFormat(language);
const decimals = new Intl.NumberFormat(language, { maximumFractionDigits: 1 });
const plurals = new Intl.PluralRules(language);
const relative = new Intl.RelativeTimeFormat(language, { numeric: "always" });

const STEPS = [
  [60, 1, "second"],
  [3600, 60, "minute"],
  [86400, 3600, "hour"],
  [30 * 86400, 86400, "day"],
  [365.25 * 86400, 30.44 * 86400, "month"],
  [Infinity, 365.25 * 86400, "year"],
];

export const number = (value) => numbers.format(value);

// Fill the words in braces in; numbers as people write them.
export function fill(text, values) {
  return text.replace(/\{(\w+)\}/g, (_, name) =>
    typeof values[name] === "number" ? number(values[name]) : values[name],
  );
}

// The form of `forms` that this count takes in this language.
export function count(forms, value) {
  return fill(forms[plurals.select(value)] ?? forms.other, { count: value });
}

export function duration(seconds) {
  const whole = Math.round(seconds);
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const words = strings.duration;
  if (h) return fill(words.hours, { h, m });
  if (m) return fill(s ? words.minutes_seconds : words.minutes, { m, s });
  return fill(words.seconds, { s });
}

export const milliseconds = (ms) => fill(strings.duration.milliseconds, { ms });

export function rate(perSecond) {
  const words = strings.progress;
  if (perSecond >= 10) return fill(words.per_second, { rate: number(Math.round(perSecond)) });
  if (perSecond >= 1) return fill(words.per_second, { rate: decimals.format(perSecond) });
  return fill(words.per_minute, { rate: number(Math.max(1, Math.round(perSecond * 60))) });
}

export function ago(then) {
  const seconds = (Date.now() - then) / 1000;
  if (seconds < 10) return strings.just_now;
  const [, unit, name] = STEPS.find(([limit]) => seconds < limit);
  return relative.format(-Math.max(1, Math.floor(seconds / unit)), name);
}

export function refreshTimes() {
  for (const time of document.querySelectorAll("time[data-ago]")) {
    const text = ago(Date.parse(time.dateTime));
    if (time.textContent !== text) time.textContent = text;
  }
}

// For assistive technology: said politely, once.
export function announce(text) {
  document.getElementById("announcer").textContent = text;
}

// Call `paint` with the next frame, then at most once every `ms`; the last call is never lost.
export function paced(paint, ms = 200) {
  let isWaiting = false;
  let last = -Infinity;
  const run = () => {
    isWaiting = false;
    last = performance.now();
    paint();
  };
  return () => {
    if (isWaiting) return;
    isWaiting = true;
    const wait = last + ms - performance.now();
    if (wait <= 0) requestAnimationFrame(run);
    else setTimeout(() => requestAnimationFrame(run), wait);
  };
}

// The page that the server renders at `url`; null where it does not.
export async function partOf(url, signal) {
  const response = await fetch(url, { signal, headers: { Accept: "text/html" } });
  if (!response.ok || response.redirected) return null;
  return new DOMParser().parseFromString(await response.text(), "text/html");
}

// Replace the element with this id by the one that the server renders at `url`.
// Answers with whether it could; the element stays as it is where not. The document then hears
// "placed". An element whose changes are announced only gets the other's content: a new one would
// not be.
export async function replaceBy(url, id, signal) {
  const page = await partOf(url, signal);
  const [before, after] = [document.getElementById(id), page?.getElementById(id)];
  if (!before || !after) return false;
  const focused = before.contains(document.activeElement) ? document.activeElement.id : "";
  if (before.matches("[role=status]")) before.replaceChildren(...after.childNodes);
  else before.replaceWith(after);
  if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
  refreshTimes();
  document.dispatchEvent(new Event("placed"));
  return true;
}

// Every element of the fragment in place of the one that has its id here.
export async function placeAll(url) {
  const response = await fetch(url, { headers: { Accept: "text/html" } });
  if (!response.ok || response.redirected) return;
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  for (const after of page.querySelectorAll("body > [id]"))
    document.getElementById(after.id)?.replaceWith(after);
  refreshTimes();
}
