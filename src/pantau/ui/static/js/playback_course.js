// Where a recording is played, and where it goes on when the footage has a hole or an end.

/** @typedef {import("pantau/playback_page").PantauPlayback} Page */

const LOOK_ON_MS = 6 * 3600_000;
/** A jump of the clock within a stream that is worth a word. */
const GAP_MS = 2000;
const NEAR_MS = 1000;
const EDGE_MS = 15_000;
const NEWEST_MS = 20 * 60_000;
const MEASURE_S = 4;
const KEEPS_UP = 0.6;
/** Footage is cut into files where the clock shows these. */
const SEGMENT_MS = 600_000;

export class Course {
  at = 0;
  asked = /** @type {number | undefined} a moment that is being looked up: the picture of before must not call it back */ (undefined);

  /** @param {Page} page */
  constructor(page) {
    this.page = page;
  }

  get parts() {
    const { runs, player } = this.page;
    if (!runs || !player) throw new TypeError("the page has not begun");
    return { runs, player };
  }

  /** Play from a moment, or from where there is footage again. @param {number} ms */
  async seek(ms) {
    const { runs } = this.parts;
    this.at = this.asked = ms;
    this.page.place();
    const isKnown = await runs.need(ms - NEAR_MS, ms + NEAR_MS);
    if (this.asked !== ms || this.page.gone.aborted) return;
    this.page.say("");
    if (runs.at(ms)) this.playFrom(ms);
    else if (!isKnown) this.asked = undefined, this.page.say("sayUnknown");
    else this.goOn(ms, runs.before(ms)?.[1] ?? ms);
  }

  /** There is nothing at this moment: go on behind the gap, and say so. @param {number} ms @param {number} gapFrom */
  async goOn(ms, gapFrom = ms) {
    const { runs, player } = this.parts;
    this.at = this.asked = ms;
    const now = this.page.now();
    // Who replays the last seconds again and again had better see them live.
    if (now - ms < EDGE_MS && player.dataset.live) return this.live(), this.page.say("sayCaughtUp");
    const isKnown = await runs.need(ms - NEAR_MS, Math.min(ms + LOOK_ON_MS, now), NEAR_MS);
    if (this.asked !== ms || this.page.gone.aborted) return;
    const next = runs.from(ms + NEAR_MS);
    if (next && next[0] <= ms + GAP_MS) return this.playFrom(Math.max(ms, next[0]));
    if (next) return this.playFrom(next[0]), this.page.sayGap(gapFrom, next[0]);
    this.asked = undefined;
    player.pause();
    this.page.place();
    if (!isKnown) this.page.say("sayUnknown");
    else this.page.say(ms > now - NEWEST_MS ? "sayNewest" : "sayNothing", { at: this.page.clock(ms) });
  }

  /** @param {number} ms  where there is footage */
  playFrom(ms) {
    const { player } = this.parts;
    this.at = ms;
    this.asked = this.seen = undefined;
    if (!player.jump(ms)) {
      // Never up to now: that list would grow, and players take it for a live one.
      const to = Math.max(ms + NEAR_MS, Math.min(ms + Number(this.page.dataset.window), this.page.now() - NEAR_MS));
      player.playAt(`${this.page.dataset.api}/playback.m3u8?from=${Math.floor(ms)}&to=${Math.ceil(to)}`, ms);
    }
    this.page.place();
    this.page.note();
  }

  /** The picture has moved on by itself. */
  tick() {
    const { player } = this.parts;
    const at = player.at();
    if (at === null || this.asked !== undefined) return;
    const jumped_ms = this.seen === undefined ? 0 : at - this.seen;
    if (!player.isLive && jumped_ms > GAP_MS + 1000 * player.aim.rate) this.page.sayGap(Number(this.seen), at);
    this.seen = this.at = at;
    this.page.place();
  }

  /** The stream is over: its window, or all there is. */
  ended() {
    this.goOn(this.parts.player.aim.wall.end_ms || this.at);
  }

  /** Tell whether the device keeps up with a speed: browsers claim more than they do. @param {number} rate */
  measure(rate) {
    const { player } = this.parts;
    const [at, began] = [this.at, performance.now()];
    this.page.later(MEASURE_S, () => {
      if (player.aim.rate !== rate || player.isLive || player.core?.state !== "live") return;
      const reached = (this.at - at) / (performance.now() - began);
      if (reached > 0 && reached < rate * KEEPS_UP) this.page.say("saySlow", { rate: Math.max(1, Math.round(reached)) });
    });
  }

  toggle() {
    const { player } = this.parts;
    if (player.isRunning) player.pause(), this.page.note();
    else if (!player.resume()) this.seek(this.at);
  }

  /** @param {number} by_ms */
  move(by_ms) {
    this.seek(this.at + by_ms);
  }

  /** @param {1 | -1} direction  to the picture before or after, which stands still */
  frame(direction) {
    const { player } = this.parts;
    player.pause();
    const to = this.at + direction * player.frame_s * 1000;
    if (player.jump(to)) this.at = to, this.asked = undefined;
    else if (this.parts.runs.at(to)) this.playFrom(to - NEAR_MS);
  }

  /** @param {1 | -1} direction  to where a file of the recording begins */
  segment(direction) {
    const { runs } = this.parts;
    const { at } = this;
    const run = runs.at(at);
    const cut = direction > 0 ? Math.floor(at / SEGMENT_MS + 1) * SEGMENT_MS : Math.floor((at - 3 * NEAR_MS) / SEGMENT_MS) * SEGMENT_MS;
    const before = runs.before(at);
    if (direction > 0) return this.seek(run && cut < run[1] ? cut : (runs.from((run?.[1] ?? at) + 1)?.[0] ?? at));
    if (run && run[0] < at - 3 * NEAR_MS) return this.seek(Math.max(cut, run[0]));
    if (before) this.seek(Math.max(before[0], Math.floor((before[1] - 1) / SEGMENT_MS) * SEGMENT_MS));
  }

  /** To the beginning or the end of what is known. @param {"first" | "last"} which */
  edge(which) {
    const { spans } = this.parts.runs;
    const [first, last] = [spans[0], spans[spans.length - 1]];
    if (first && last) this.seek(which === "first" ? first[0] : Math.max(last[0], last[1] - 5 * NEAR_MS));
  }

  live() {
    this.asked = this.seen = undefined;
    this.page.say("");
    this.at = this.page.now();
    this.parts.player.playLive();
    this.page.place();
  }
}
