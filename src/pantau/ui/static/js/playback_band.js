// What is drawn of a timeline: one shape for all that is recorded, one for the gaps, words in HTML.  Drawn wider than
// what is seen and then only moved, so that a playing picture redraws nothing (lesson F07).

/** @typedef {import("pantau/playback_clock").Wording} Wording */
/** @typedef {import("pantau/playback_runs").Runs} Runs */
/** @typedef {import("pantau/playback_runs").Span} Span */

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const STEPS = [10 * SECOND, 30 * SECOND, MINUTE, 5 * MINUTE, 10 * MINUTE, 30 * MINUTE, HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, 24 * HOUR];
const LABEL_REM = 4.2;
/** How many windows are drawn. */
const WINDOWS = 3;
const HEIGHT = 52;
const HOLE_PX = 0.15;
const LEAST_PX = 0.35;

export class Band {
  from = 0;
  to = 0;
  span_ms = HOUR;
  width_px = 0;
  draws = 0;
  /** @type {Span | null} */
  choice = null;

  /** @param {HTMLElement} element @param {HTMLElement} marks  lie above what is touched; both move as a whole @param {Runs} runs @param {Wording} wording */
  constructor(element, marks, runs, wording) {
    this.element = element;
    this.marks = marks;
    this.runs = runs;
    this.wording = wording;
    this.svg = /** @type {SVGSVGElement} */ (element.querySelector("svg"));
    this.labels = /** @type {HTMLElement} */ (element.querySelector("ol"));
    this.chosen = /** @type {HTMLElement} */ (marks.querySelector("[data-band=chosen]"));
  }

  get perPixel_ms() {
    return this.span_ms / (this.width_px || 1);
  }

  /** Put a moment into the middle of the window; draws only where too little is left of what was drawn. @param {number} middle */
  moveTo(middle) {
    if (middle - this.span_ms * 0.55 < this.from || middle + this.span_ms * 0.55 > this.to) this.draw(middle);
    const x = this.width_px / 2 - (middle - this.from) / this.perPixel_ms;
    this.marks.style.transform = this.element.style.transform = `translate3d(${x.toFixed(2)}px,0,0)`;
  }

  /** @param {number} middle */
  draw(middle) {
    if (this.width_px === 0) return;
    this.draws += 1;
    this.from = middle - (this.span_ms * WINDOWS) / 2;
    this.to = this.from + this.span_ms * WINDOWS;
    const wide = this.width_px * WINDOWS;
    this.element.style.inlineSize = `${wide}px`;
    this.svg.setAttribute("viewBox", `0 0 ${wide} ${HEIGHT}`);
    const seen = this.runs.within(this.from, this.to);
    this.shape("runs", seen);
    this.shape("gaps", this.gaps(seen));
    this.shape("unknown", this.unknown());
    this.write(wide);
    this.choose(this.choice ?? null);
  }

  /** @param {string} name @param {Span[]} spans  in order; only holes that nobody can see are drawn over */
  shape(name, spans) {
    let path = "";
    let end = -Infinity;
    for (const [from, to] of spans) {
      const x = Math.max(0, this.x(from));
      if (x - end >= HOLE_PX) path += `${path && `H${end.toFixed(2)}V0z`}M${x.toFixed(2)} 0V${HEIGHT}`;
      end = Math.max(end, x + LEAST_PX, Math.min(this.x(this.to), this.x(to)));
    }
    this.svg.querySelector(`[data-band=${name}]`)?.setAttribute("d", path && `${path}H${end.toFixed(2)}V0z`);
  }

  /**
   * Between what is recorded; what lies before the first and behind the last nobody is told.  One stretch where the
   * page knows all of it: what is recorded is drawn over it.
   * @param {Span[]} seen @returns {Span[]}
   */
  gaps(seen) {
    const first = this.runs.before(this.from) ?? seen[0];
    const last = this.runs.from(this.to) ?? seen[seen.length - 1];
    if (first === undefined || last === undefined) return [];
    return this.runs.known.flatMap(([from, to]) => {
      const [begin, end] = [Math.max(from, first[0], this.from), Math.min(to, last[1], this.to)];
      return begin < end ? [/** @type {Span} */ ([begin, end])] : [];
    });
  }

  unknown() {
    /** @type {Span[]} */
    const holes = [];
    let at = this.from;
    for (const [from, to] of this.runs.known) {
      if (to <= at) continue;
      if (from >= this.to) break;
      if (from > at) holes.push([at, from]);
      at = to;
    }
    const now = this.runs.now();
    if (at < Math.min(this.to, now)) holes.push([at, Math.min(this.to, now)]);
    return holes;
  }

  /** @param {number} wide */
  write(wide) {
    const rem = parseFloat(getComputedStyle(document.documentElement).fontSize) || 16;
    const enough = (this.span_ms * WINDOWS * LABEL_REM * rem) / wide;
    const step = STEPS.find((each) => each >= enough) ?? 24 * HOUR;
    const offset = this.wording.offset(this.from);
    const words = [];
    for (let at = Math.ceil((this.from + offset) / step) * step - offset; at < this.to; at += step) {
      // Where the clocks change inside the window, labels still tell the clock's own time.
      const label = document.createElement("li");
      label.style.insetInlineStart = `${this.x(at).toFixed(1)}px`;
      const time = this.wording.time(at, step < MINUTE);
      label.textContent = step >= HOUR && /^00.00$/.test(time) ? this.wording.day(at).replace(/ \d{4}$/, "") : time;
      words.push(label);
    }
    this.labels.replaceChildren(...words);
  }

  /** Mark a stretch that somebody chooses. @param {Span | null} span */
  choose(span) {
    this.choice = span;
    this.chosen.hidden = span === null;
    if (span === null) return;
    const left = Math.max(0, this.x(span[0]));
    this.chosen.style.insetInlineStart = `${left.toFixed(1)}px`;
    this.chosen.style.inlineSize = `${Math.max(0, Math.min(this.x(this.to), this.x(span[1])) - left).toFixed(1)}px`;
  }

  /** @param {number} ms  pixels from the band's beginning */
  x(ms) {
    return (ms - this.from) / this.perPixel_ms;
  }

  /** Forget what was drawn: the next move draws. */
  stale() {
    this.from = this.to = 0;
  }
}
