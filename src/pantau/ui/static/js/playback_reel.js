// <playback-reel>: the timeline under a recording.  The tape moves under a fixed playhead.
import { Island } from "pantau/island";
import { Band } from "pantau/playback_band";
import { Hand } from "pantau/playback_hand";

/** @typedef {import("pantau/playback_clock").Wording} Wording */
/** @typedef {import("pantau/playback_runs").Runs} Runs */

const HOUR_MS = 3600_000;
const ZOOMS_MS = [24 * HOUR_MS, 6 * HOUR_MS, HOUR_MS, HOUR_MS / 6];
const LOOK_AHEAD = 1.2;

export class PlaybackReel extends Island {
  middle = 0;
  isHeld = false;
  /** Where nothing more is to be found, as far as this visitor goes. @type {[number, number]} */
  limits = [0, 0];

  /** @param {Runs} runs @param {Wording} wording @param {number} middle */
  show(runs, wording, middle) {
    this.runs = runs;
    this.wording = wording;
    this.band = new Band(this.need("band", HTMLElement), this.need("marks", HTMLElement), runs, wording);
    const win = (this.win = this.need("window", HTMLElement));
    this.middle = middle;
    this.zoomTo(Number(this.dataset.span) || HOUR_MS);
    const observer = new ResizeObserver(() => this.resize());
    observer.observe(win);
    this.gone.addEventListener("abort", () => observer.disconnect());
    this.hand = new Hand(this, win);
    this.addEventListener("click", (event) => {
      const button = event.target instanceof Element ? event.target.closest("[data-zoom]") : null;
      if (button instanceof HTMLElement) this.zoomTo(Number(button.dataset.zoom));
    }, { signal: this.gone });
  }

  get perPixel_ms() {
    return this.band?.perPixel_ms ?? 0;
  }

  resize() {
    if (!this.band || !this.win || this.band.width_px === this.win.clientWidth) return;
    this.band.width_px = this.win.clientWidth;
    this.redraw();
  }

  /** What is known, the width or the zoom have changed. */
  redraw() {
    this.band?.stale();
    this.shift();
  }

  /** Put the playhead's moment into the middle; draws only where too little is left of what was drawn. */
  shift() {
    const { band } = this;
    if (!band || band.width_px === 0) return;
    const { draws } = band;
    band.moveTo(this.middle);
    this.dataset.draws = String(band.draws);
    return band.draws !== draws;
  }

  /** @param {number} span_ms  what the window shows */
  zoomTo(span_ms) {
    const { band } = this;
    if (!band) return;
    band.span_ms = span_ms;
    if (this.win) band.width_px = this.win.clientWidth;
    this.redraw();
    for (const button of this.querySelectorAll("[data-zoom]")) {
      button.setAttribute("aria-pressed", String(Number(button.getAttribute("data-zoom")) === span_ms));
    }
    this.look();
  }

  /** @param {1 | -1} step  closer or farther */
  zoomBy(step) {
    const next = ZOOMS_MS[ZOOMS_MS.indexOf(this.band?.span_ms ?? 0) + step];
    if (next !== undefined) this.zoomTo(next);
  }

  /** The playhead has moved by itself. @param {number} ms */
  moveTo(ms) {
    if (this.isHeld) return;
    this.middle = ms;
    if (this.shift()) this.look();
  }

  /** Ask for what the window and its surroundings show. */
  look() {
    const reach = (this.band?.span_ms ?? 0) * LOOK_AHEAD;
    this.tell("playback-look", { from: this.middle - reach, to: this.middle + reach });
  }

  /** Somebody pulls the tape: show what would be played. @param {number} ms */
  drag(ms) {
    this.isHeld = true;
    this.middle = this.within(ms);
    if (this.shift()) this.look();
    this.point(this.middle);
  }

  /** They let go. */
  drop() {
    this.isHeld = false;
    this.point(null);
    this.go(this.middle);
  }

  /** @param {number | null} at @param {number | null} [x]  in the window; null: its middle */
  point(at, x = null) {
    this.tell("playback-peek", { at, x });
  }

  /** @param {number} ms */
  go(ms) {
    this.tell("playback-seek", { at: this.within(ms) });
  }

  /** @param {number} ms */
  within(ms) {
    return Math.min(Math.max(ms, this.limits[0]), this.limits[1]);
  }

  /** Say where the playhead is, to whoever does not see it; only after somebody moved it. */
  describe() {
    const { runs, wording, win, middle } = this;
    if (!runs || !wording || !win) return;
    win.setAttribute("aria-valuemin", String(Math.floor(this.limits[0] / 1000)));
    win.setAttribute("aria-valuemax", String(Math.ceil(this.limits[1] / 1000)));
    win.setAttribute("aria-valuenow", String(Math.round(middle / 1000)));
    const text = `${wording.day(middle)} ${wording.time(middle)} ${wording.zoneName}`;
    win.setAttribute("aria-valuetext", runs.at(middle) ? text : `${text}, ${this.dataset.sayGap}`);
  }

  /** @param {string} name @param {Record<string, unknown>} detail */
  tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail, bubbles: true }));
  }
}

customElements.define("playback-reel", PlaybackReel);
