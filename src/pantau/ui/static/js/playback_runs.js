// Which stretches of a camera have footage: what the page came with, and slices fetched as somebody looks further.

/** @typedef {[number, number]} Span  from a moment up to another, Unix milliseconds */

const SLICE_MS = 6 * 3600_000;
const NEWEST_LASTS_MS = 20_000;
/** Stretches closer than this are one: cameras reconnect, clocks differ. */
const TOUCH_MS = 1500;

/** The first place in sorted `spans` whose end lies behind `ms`. @param {Span[]} spans @param {number} ms */
export function placeOf(spans, ms) {
  let low = 0;
  let high = spans.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (/** @type {Span} */ (spans[middle])[1] <= ms) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** @param {Iterable<Span>} spans  in any order @param {number} touch_ms @returns {Span[]} */
export function joined(spans, touch_ms = TOUCH_MS) {
  /** @type {Span[]} */
  const all = [];
  for (const [from, to] of [...spans].sort((a, b) => a[0] - b[0])) {
    const last = all[all.length - 1];
    if (last && from - last[1] <= touch_ms) last[1] = Math.max(last[1], to);
    else all.push([from, to]);
  }
  return all;
}

/**
 * Ask the server for a stretch.
 * @param {string} api @param {number} from @param {number} to @param {AbortSignal} signal
 * @returns {Promise<Span[]>}
 */
export async function slice(api, from, to, signal) {
  const answer = await fetch(`${api}/timeline?from=${Math.round(from)}&to=${Math.round(to)}`, { signal });
  if (!answer.ok) throw new Error(String(answer.status));
  const { data } = await answer.json();
  return data.runs.map((/** @type {{ from_ms: number, to_ms: number }} */ run) => [run.from_ms, run.to_ms]);
}

export class Runs {
  /** @type {Span[]} */
  spans = [];
  /** What has been asked for, whether or not anything was there. @type {Span[]} */
  known = [];
  /** @type {Map<number, { at: number, done: Promise<boolean> }>} slices under way or fetched, and when */
  #slices = new Map();

  /**
   * @param {(from: number, to: number) => Promise<Span[]>} fetchSlice  rejects where the answer is not to be had
   * @param {() => void} changed
   * @param {() => number} now  the server's time, Unix milliseconds
   */
  constructor(fetchSlice, changed, now) {
    this.fetchSlice = fetchSlice;
    this.changed = changed;
    this.now = now;
  }

  /** Take what is known of a stretch. @param {Span} span @param {Span[]} runs */
  take(span, runs) {
    const outside = this.spans.flatMap(([from, to]) => {
      /** @type {Span[]} */
      const parts = [[from, Math.min(to, span[0])], [Math.max(from, span[1]), to]];
      return parts.filter(([a, b]) => b > a);
    });
    this.spans = joined([...outside, ...runs]);
    this.known = joined([...this.known, span], 0);
    this.changed();
  }

  /**
   * See to it that the stretch is known; false: not all of it could be had.
   * @param {number} from @param {number} to @param {number} [newest_ms]  how old what is known of the newest may be
   */
  async need(from, to, newest_ms = NEWEST_LASTS_MS) {
    const now = this.now();
    const jobs = [];
    for (let slice = Math.floor(from / SLICE_MS); slice * SLICE_MS < Math.min(to, now); slice++) {
      const begin = slice * SLICE_MS;
      const held = this.#slices.get(slice);
      const isNewest = begin + SLICE_MS > now;
      if (held && !(isNewest && now - held.at > newest_ms)) jobs.push(held.done);
      else if (!isNewest && this.covers(begin, begin + SLICE_MS)) continue;
      else jobs.push(this.#fetch(slice, now));
    }
    return (await Promise.all(jobs)).every(Boolean);
  }

  #fetch(/** @type {number} */ slice, /** @type {number} */ now) {
    const begin = slice * SLICE_MS;
    const end = Math.min(begin + SLICE_MS, now);
    const done = this.fetchSlice(begin, end).then(
      (runs) => (this.take([begin, end], runs), true),
      () => (this.#slices.delete(slice), false),
    );
    this.#slices.set(slice, { at: now, done });
    return done;
  }

  /** @param {number} from @param {number} to */
  covers(from, to) {
    const span = this.known[placeOf(this.known, from)];
    return span !== undefined && span[0] <= from && span[1] >= to;
  }

  /** The run that holds a moment. @param {number} ms */
  at(ms) {
    const run = this.spans[placeOf(this.spans, ms)];
    return run && run[0] <= ms ? run : undefined;
  }

  /** The first run that ends behind a moment: the one that holds it, or the next. @param {number} ms */
  from(ms) {
    return this.spans[placeOf(this.spans, ms)];
  }

  /** The run before the one that holds or follows a moment. @param {number} ms */
  before(ms) {
    return this.spans[placeOf(this.spans, ms) - 1];
  }

  /** The runs that touch a stretch. @param {number} from @param {number} to */
  within(from, to) {
    const found = [];
    for (let at = placeOf(this.spans, from); at < this.spans.length; at++) {
      const run = /** @type {Span} */ (this.spans[at]);
      if (run[0] >= to) break;
      found.push(run);
    }
    return found;
  }
}
