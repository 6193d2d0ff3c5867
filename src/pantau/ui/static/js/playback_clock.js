// Times as the page says them: in the operator's zone, in the reader's language.

/** @typedef {{ zone: string, zoneName: string, language: string }} Place */

const QUARTER_MS = 900_000;

export class Wording {
  /** How far the zone is ahead of UTC, by quarters of an hour, because asking is slow. @type {Map<number, number>} */
  #offsets = new Map();

  /** @param {Place} place */
  constructor({ zone, zoneName, language }) {
    this.zoneName = zoneName;
    const digits = /** @type {const} */ ("2-digit");
    const clock = new Intl.DateTimeFormat(language, { hour: digits, minute: digits, hourCycle: "h23" });
    this.colon = clock.format(0).includes(".") ? "." : ":";
    const all = { year: "numeric", month: digits, day: digits, hour: digits, minute: digits, second: digits };
    this.parts = new Intl.DateTimeFormat("en-u-ca-gregory", { .../** @type {any} */ (all), hourCycle: "h23", timeZone: zone });
    this.dayForm = new Intl.DateTimeFormat(language, { weekday: "short", day: "numeric", month: "short", year: "numeric", timeZone: zone });
  }

  /** Local time less UTC at a moment, in milliseconds. @param {number} ms */
  offset(ms) {
    const quarter = Math.floor(ms / QUARTER_MS);
    let offset = this.#offsets.get(quarter);
    if (offset === undefined) {
      const at = Object.fromEntries(this.parts.formatToParts(quarter * QUARTER_MS).map((part) => [part.type, Number(part.value)]));
      const { year = 0, month = 1, day = 1, hour = 0, minute = 0 } = at;
      offset = Date.UTC(year, month - 1, day, hour, minute) - quarter * QUARTER_MS;
      this.#offsets.set(quarter, offset);
    }
    return offset;
  }

  /** 10.24.05 @param {number} ms @param {boolean} [seconds] */
  time(ms, seconds = true) {
    const local = new Date(ms + this.offset(ms)).toISOString();
    return local.slice(11, seconds ? 19 : 16).replaceAll(":", this.colon);
  }

  /** Sab, 21 Nov 2026 @param {number} ms */
  day(ms) {
    return this.dayForm.format(ms);
  }

  /** 2026-11-21 @param {number} ms */
  date(ms) {
    return new Date(ms + this.offset(ms)).toISOString().slice(0, 10);
  }

  /** The moment at which the clock of that place shows this. @param {string} date @param {string} time  HH:MM or HH:MM:SS */
  moment(date, time) {
    const shown = Date.parse(`${date}T${time.length === 5 ? `${time}:00` : time}Z`);
    // Twice: the offset of the first guess may be that of the other side of a change of the clocks.
    const guess = shown - this.offset(shown);
    return shown - this.offset(guess);
  }
}

/** Put facts into a text of the page: {at} and the like. @param {string} text @param {Record<string, unknown>} facts */
export function filled(text, facts) {
  return text.replace(/\{(\w+)\}/g, (whole, name) => String(facts[name] ?? whole));
}

/** A moment as links carry it: UTC, to the second. @param {number} ms */
export function utcSecond(ms) {
  return `${new Date(Math.floor(ms / 1000) * 1000).toISOString().slice(0, 19)}Z`;
}
