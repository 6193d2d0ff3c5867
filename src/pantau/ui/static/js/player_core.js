// The player as a state machine: every state has a deadline or rests for a tap, and every way through it ends in
// picture, a named fault or tap-to-play (lesson M03).  Knows no element; a path shows the pictures.
import { FAULTS } from "pantau/player_faults";

/**
 * @typedef {import("pantau/player_faults").Fault} Fault
 * @typedef {import("pantau/player_paths").Path} Path
 * @typedef {"idle" | "loading" | "live" | "delayed" | "still" | "stalled" | "waiting" | "offline" | "failed"
 *   | "paused" | "service"} State
 * @typedef {{ box?: string, behind_s?: number, retry_s?: number, attempt?: number, most?: number }} Detail
 */

/** The states without one rest until somebody taps. @type {Partial<Record<State, number>>} */
const DEADLINES_S = { loading: 20, live: 4, delayed: 4, still: 20, stalled: 8, offline: 30, paused: 15 };
const RETRY_AFTER_S = [1, 2, 4, 8, 15];
const BEHIND_S = 20;
const SETTLED_MS = 10_000;

export class PlayerCore {
  /** @type {State} */
  state = "idle";
  failures = 0;
  doubts = 0;
  index = 0;
  box = "";
  run = new AbortController();
  deadline = new AbortController();
  settled_at = Infinity;

  /**
   * @param {Path[]} paths  in the order of preference; the last one shows stills
   * @param {(state: State, detail: Detail) => void} show
   * @param {(signal: AbortSignal) => Promise<Fault | null>} ask  what is wrong with the playlist, if anything
   */
  constructor(paths, show, ask) {
    this.paths = paths;
    this.show = show;
    this.ask = ask;
  }

  get path() {
    return /** @type {Path} */ (this.paths[this.index]);
  }

  /** A tap: forget what failed and begin again, or go on where a short pause left off. */
  play() {
    this.failures = 0;
    if (this.state !== "paused" || this.run.signal.aborted) return this.begin();
    this.enter("loading");
    this.path.resume();
  }

  begin() {
    this.end();
    const run = (this.run = new AbortController());
    const isOurs = () => !run.signal.aborted;
    this.enter("loading");
    this.path.begin({
      signal: run.signal,
      frame: (behind_s) => isOurs() && this.frame(behind_s),
      fault: (fault, otherwise = "network") => {
        if (!isOurs()) return;
        if (fault !== "unclear") this.fault(fault);
        else this.ask(run.signal).then((found) => isOurs() && this.fault(found ?? otherwise));
      },
    });
  }

  pause() {
    this.path.pause();
    this.enter("paused");
  }

  /** Let go of the stream; what the path does from here on is ignored.  May be called twice. */
  end() {
    this.run.abort();
    this.path.end();
  }

  /** A picture was decoded: the only thing that counts as live (lesson F03). */
  frame(/** @type {number} */ behind_s) {
    if (this.state === "paused") return;
    if (this.state !== "live" && this.state !== "delayed") this.settled_at = performance.now() + SETTLED_MS;
    if (performance.now() > this.settled_at) this.failures = this.doubts = 0;
    if (this.path.name === "still") this.enter("still", { box: this.box });
    else this.enter(behind_s > BEHIND_S ? "delayed" : "live", { behind_s });
  }

  fault(/** @type {Fault} */ fault) {
    const { then, state, box } = FAULTS[fault];
    if (then === "still" && this.path.name !== "still") {
      this.box = box;
      this.switchTo(this.paths.length - 1);
      return;
    }
    this.doubts = then === "doubt" || then === "next" ? this.doubts + 1 : 0;
    if (this.doubts >= this.patience(then)) this.switchTo(this.index + 1);
    else if (then !== "rest" && this.failures < RETRY_AFTER_S.length) this.retry(box);
    else this.end(), this.enter(state, { box });
  }

  /** How often a way of playing may fail.  Chromium 156 gives up on playlists of a second or two. */
  patience(/** @type {string} */ then) {
    const next = this.paths[this.index + 1]?.name;
    if (next === undefined) return Infinity;
    return next === "still" ? 3 : then === "next" ? 1 : 2;
  }

  switchTo(/** @type {number} */ index) {
    this.end();
    this.index = index;
    this.doubts = 0;
    this.play();
  }

  /** The last picture stays in place while we wait; only the next attempt replaces it. */
  retry(/** @type {string} */ box) {
    const retry_s = RETRY_AFTER_S[this.failures++] ?? 0;
    this.run.abort();
    this.path.pause();
    this.enter("waiting", { box, retry_s, attempt: this.failures, most: RETRY_AFTER_S.length });
  }

  enter(/** @type {State} */ state, /** @type {Detail} */ detail = {}) {
    this.deadline.abort();
    const deadline = (this.deadline = new AbortController());
    this.state = state;
    this.show(state, detail);
    const limit_s = detail.retry_s ?? DEADLINES_S[state];
    if (limit_s === undefined) return;
    const timer = setTimeout(() => this.late(), limit_s * 1000);
    deadline.signal.addEventListener("abort", () => clearTimeout(timer));
  }

  late() {
    if (this.state === "loading") this.fault("slow");
    else if (this.state === "live" || this.state === "delayed") this.enter("stalled", { box: "stalled" });
    else if (this.state === "stalled") this.fault("stalled");
    else if (this.state === "still") this.fault("camera");
    else if (this.state === "paused") this.end();
    else this.begin();
  }

  /** The element leaves the page, or nobody looks. */
  dispose() {
    this.deadline.abort();
    this.end();
  }
}
