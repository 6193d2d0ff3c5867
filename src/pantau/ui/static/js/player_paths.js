// The two ways to play a stream: the browser's own HLS, and hls.js where only Media Source exists.
import { faultOfElement, faultOfHls } from "pantau/player_faults";
import { PictureClock } from "pantau/player_clock";
import { watchFrames } from "pantau/player_frames";

/**
 * @typedef {import("pantau/player_faults").Fault} Fault
 * @typedef {{ frame: (behind_s: number) => void, fault: (fault: Fault | "unclear", otherwise?: Fault) => void,
 *   signal: AbortSignal }} Run
 * @typedef {{ name: string, begin: (run: Run) => void, pause: () => void, resume: () => void, toLive: () => boolean,
 *   takenAt: () => Date | null, end: () => void }} Path
 */

const HOLD_BACK_S = 6;

/** Play, and report a refused autoplay. @param {HTMLVideoElement} video @param {Run} run */
function press(video, run) {
  video.play().catch((error) => error.name === "NotAllowedError" && run.fault("blocked"));
}

/** Free the element for another source. @param {HTMLVideoElement} video */
function empty(video) {
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
    this.clock = new PictureClock(video, address);
  }

  begin(/** @type {Run} */ run) {
    const { video } = this;
    const clock = (this.clock = new PictureClock(video, this.address));
    video.addEventListener("error", () => {
      const fault = faultOfElement(video.error?.code ?? 0);
      if (fault !== null) run.fault(fault, video.error?.code === MediaError.MEDIA_ERR_NETWORK ? "network" : "path");
    }, { signal: run.signal });
    video.src = this.address;
    watchFrames(video, () => {
      run.frame(clock.behind_s());
      if (!this.startsAt()) clock.set(run.signal);
    }, run.signal);
    press(video, run);
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
    return start_ms ? new Date(start_ms + this.video.currentTime * 1000) : this.clock.takenAt();
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

export class SourcePath {
  name = "hlsjs";
  /** @type {import("hls.js/light").default | null} */
  hls = null;

  /** @param {HTMLVideoElement} video @param {string} address */
  constructor(video, address) {
    this.video = video;
    this.address = address;
  }

  async begin(/** @type {Run} */ run) {
    const library = await import("hls.js/light").catch(() => null);
    if (run.signal.aborted) return;
    if (library === null || !library.default.isSupported()) return run.fault("path");
    const Hls = library.default;
    const hls = (this.hls = new Hls({ enableWorker: false, backBufferLength: 15, maxBufferLength: 20 }));
    hls.on(Hls.Events.ERROR, (_, said) => {
      const fault = faultOfHls(said);
      if (fault !== null) run.fault(fault);
    });
    hls.once(Hls.Events.MANIFEST_PARSED, () => press(this.video, run));
    hls.loadSource(this.address);
    hls.attachMedia(this.video);
    watchFrames(this.video, () => run.frame(hls.latency), run.signal);
  }

  pause() {
    this.video.pause();
    this.hls?.stopLoad();
  }

  resume() {
    this.hls?.startLoad();
    this.video.play().catch(() => undefined);
  }

  toLive() {
    const newest_s = this.hls?.liveSyncPosition;
    if (!newest_s) return false;
    this.video.currentTime = newest_s;
    return true;
  }

  takenAt() {
    return this.hls?.playingDate ?? null;
  }

  end() {
    this.video.pause();
    this.hls?.destroy();
    this.hls = null;
    empty(this.video);
  }
}
