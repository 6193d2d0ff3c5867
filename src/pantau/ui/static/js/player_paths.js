// The ways to play a stream: the browser's own HLS, and those whose code is fetched when their turn comes.
import { faultOfElement } from "pantau/player_faults";
import { playsFromSource, playsNatively, watchFrames } from "pantau/player_video";

/**
 * @typedef {import("pantau/player_faults").Fault} Fault
 * @typedef {{ frame: (behind_s: number) => void, fault: (fault: Fault | "unclear", otherwise?: Fault) => void,
 *   signal: AbortSignal }} Run
 * @typedef {{ name: string, begin: (run: Run) => void, pause: () => void, resume: () => void, toLive: () => boolean,
 *   takenAt: () => Date | null, end: () => void }} Path
 */

const HOLD_BACK_S = 6;

/** In the order of preference. @param {HTMLVideoElement} video @param {HTMLImageElement} image @param {DOMStringMap} told */
export function waysToPlay(video, image, { address = "", still = "" }) {
  const source = () => Promise.all([import("pantau/player_source"), import("hls.js/light").catch(() => null)]);
  const all = [
    ...(playsNatively(video) ? [new NativePath(video, address)] : []),
    ...(playsFromSource() ? [new LaterPath("hlsjs", async () => new (await source())[0].SourcePath(video, address))] : []),
    new LaterPath("still", async () => new (await import("pantau/player_stills")).StillPath(image, still, address)),
  ];
  // For tests and for telling users "try the other way" on the telephone.
  const forced = new URLSearchParams(location.search).get("player");
  const chosen = all.filter(({ name }) => name === forced || name === "still");
  return all.some(({ name }) => name === forced) ? chosen : all;
}

/** Play, and report a refused autoplay. @param {HTMLVideoElement} video @param {Run} run */
export function press(video, run) {
  video.play().catch((error) => error.name === "NotAllowedError" && run.fault("blocked"));
}

/** Free the element for another source. @param {HTMLVideoElement} video */
export function empty(video) {
  if (!video.hasAttribute("src")) return;
  video.removeAttribute("src");
  video.load();
}

export class NativePath {
  name = "native";

  /** @param {HTMLVideoElement} video @param {string} address */
  constructor(video, address) {
    this.video = video;
    this.address = address;
    /** @type {import("pantau/player_clock").PictureClock | null} */
    this.clock = null;
  }

  begin(/** @type {Run} */ run) {
    const { video } = this;
    this.clock = null;
    video.addEventListener("error", () => {
      const fault = faultOfElement(video.error?.code ?? 0);
      if (fault !== null) run.fault(fault, video.error?.code === MediaError.MEDIA_ERR_NETWORK ? "network" : "path");
    }, { signal: run.signal });
    video.src = this.address;
    watchFrames(video, () => {
      run.frame(this.clock?.behind_s() ?? 0);
      this.setClock(run.signal);
    }, run.signal);
    press(video, run);
  }

  /** The first picture comes before its time.  Safari needs no clock of ours. @param {AbortSignal} signal */
  async setClock(signal) {
    if (this.startsAt()) return;
    const library = await import("pantau/player_clock").catch(() => null);
    if (signal.aborted || library === null) return;
    this.clock ??= new library.PictureClock(this.video, this.address);
    this.clock.set(signal);
  }

  pause() {
    this.video.pause();
  }

  resume() {
    this.video.play().catch(() => undefined);
  }

  /** Only where the browser can seek in a live stream; else the core begins again, which is live as well. */
  toLive() {
    const { seekable } = this.video;
    if (seekable.length === 0) return false;
    this.video.currentTime = Math.max(0, seekable.end(seekable.length - 1) - HOLD_BACK_S);
    return true;
  }

  takenAt() {
    const start_ms = this.startsAt();
    return start_ms ? new Date(start_ms + this.video.currentTime * 1000) : (this.clock?.takenAt() ?? null);
  }

  /** Safari reads the dates itself; 0 elsewhere. */
  startsAt() {
    const video = /** @type {{ getStartDate?: () => Date }} */ (this.video);
    return video.getStartDate?.().getTime() || 0;
  }

  end() {
    this.video.pause();
    empty(this.video);
  }
}

/** A way to play whose code is fetched when its turn comes. */
export class LaterPath {
  /** @type {Path | null} */
  path = null;

  /** @param {string} name @param {() => Promise<Path>} load */
  constructor(name, load) {
    this.name = name;
    this.load = load;
  }

  async begin(/** @type {Run} */ run) {
    this.path ??= await this.load().catch(() => null);
    if (run.signal.aborted) return;
    if (this.path === null) run.fault("network");
    else this.path.begin(run);
  }

  pause() {
    this.path?.pause();
  }

  resume() {
    this.path?.resume();
  }

  toLive() {
    return this.path?.toLive() ?? false;
  }

  takenAt() {
    return this.path?.takenAt() ?? null;
  }

  end() {
    this.path?.end();
  }
}
