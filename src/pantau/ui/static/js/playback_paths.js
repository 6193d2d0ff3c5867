// The ways to play a recording: as for live, but with a beginning, an end, and a clock read from the playlist.
import { faultOfElement, faultOfHls } from "pantau/player_faults";
import { watchFrames } from "pantau/player_video";
import { NativePath } from "pantau/player_paths";
import { SourcePath } from "pantau/player_source";
import { StillPath } from "pantau/player_stills";
import { stretchesOf, WallClock } from "pantau/playback_playlist";

/** @typedef {import("pantau/player_paths").Run} Run */

/**
 * What is to be played; the same object for every way of playing.
 * @typedef {object} Aim
 * @property {string} address  of the playlist
 * @property {number} at_ms  where to begin
 * @property {WallClock} wall
 * @property {(at_ms: number) => string} stillAt
 * @property {number} rate
 * @property {() => void} ended
 */

const STILL_EVERY_S = 2;
const NEAR_S = 0.15;
const EARLY_S = 2;

/** @param {Aim} aim @param {AbortSignal} signal @returns {Promise<number>} where in the stream to begin */
async function readClock(aim, signal) {
  const answer = await fetch(aim.address, { signal });
  aim.wall = new WallClock(answer.ok ? stretchesOf(await answer.text()) : []);
  return aim.wall.mediaOf(aim.at_ms) ?? 0;
}

/** @param {HTMLVideoElement} video @param {Aim} aim */
const placeIn = (video, aim) => {
  const at_ms = aim.wall.wallOf(video.currentTime);
  return Number.isNaN(at_ms) ? null : new Date(at_ms);
};

/** Report pictures, also those that a jump brings while nothing plays. @param {HTMLVideoElement} video @param {Run} run @param {Aim} aim */
function watch(video, run, aim) {
  const { signal } = run;
  video.addEventListener("ended", () => {
    // Chromium 156 takes some lists for shorter than they are: then another way of playing gets its turn.
    if (aim.wall.length_s - video.currentTime > EARLY_S) run.fault("path");
    else aim.ended();
  }, { signal });
  video.addEventListener("seeked", () => run.frame(0), { signal });
  watchFrames(video, () => run.frame(0), signal);
  video.defaultPlaybackRate = aim.rate;
  video.play().catch((error) => error.name === "NotAllowedError" && run.fault("blocked"));
}

export class RecordedNative extends NativePath {
  /** @param {HTMLVideoElement} video @param {Aim} aim */
  constructor(video, aim) {
    super(video, aim.address);
    this.aim = aim;
  }

  /** @override @param {Run} run */
  begin(run) {
    const { video, aim } = this;
    const { signal } = run;
    video.addEventListener("error", () => {
      const fault = faultOfElement(video.error?.code ?? 0);
      if (fault !== null) run.fault(fault, video.error?.code === MediaError.MEDIA_ERR_NETWORK ? "network" : "path");
    }, { signal });
    const isReady = new Promise((done) => video.addEventListener("loadedmetadata", done, { signal, once: true }));
    video.src = aim.address;
    Promise.all([readClock(aim, signal), isReady]).then(([begin_s]) => {
      if (!signal.aborted && begin_s > NEAR_S) video.currentTime = begin_s;
    }, () => undefined);
    watch(video, run, aim);
  }

  /** @override */
  takenAt() {
    return placeIn(this.video, this.aim);
  }
}

export class RecordedSource extends SourcePath {
  /** @param {HTMLVideoElement} video @param {Aim} aim */
  constructor(video, aim) {
    super(video, aim.address);
    this.aim = aim;
  }

  /** @override @param {Run} run */
  async begin(run) {
    const { aim, video } = this;
    const [library, startPosition] = await Promise.all([
      import("hls.js/light").catch(() => null),
      readClock(aim, run.signal).catch(() => -1),
    ]);
    if (run.signal.aborted) return;
    if (library === null || !library.default.isSupported()) return run.fault("path");
    const Hls = library.default;
    const hls = (this.hls = new Hls({ enableWorker: false, backBufferLength: 60, maxBufferLength: 30, startPosition }));
    hls.on(Hls.Events.ERROR, (_, said) => {
      const fault = faultOfHls(said);
      if (fault !== null) run.fault(fault);
    });
    hls.once(Hls.Events.MANIFEST_PARSED, () => watch(video, run, aim));
    hls.loadSource(aim.address);
    hls.attachMedia(video);
  }

  /** @override */
  takenAt() {
    return placeIn(this.video, this.aim);
  }
}

/** Where the browser has no decoder: one still after another, which is slow but true. */
export class RecordedStills extends StillPath {
  /** @param {HTMLImageElement} image @param {Aim} aim */
  constructor(image, aim) {
    super(image, "", "");
    this.aim = aim;
    this.isPaused = false;
  }

  /** @override @param {Run} run */
  async begin(run) {
    const { aim } = this;
    const answer = await fetch(aim.stillAt(aim.at_ms), { signal: run.signal }).catch(() => null);
    if (run.signal.aborted) return;
    if (answer === null) return run.fault("network");
    if (answer.status === 404) return aim.ended();
    if (!answer.ok) return run.fault("server");
    await this.draw(answer, run);
    this.taken_at = new Date(aim.at_ms);
    const timer = setTimeout(() => {
      if (!this.isPaused) aim.at_ms += STILL_EVERY_S * aim.rate * 1000;
      this.begin(run);
    }, STILL_EVERY_S * 1000);
    run.signal.addEventListener("abort", () => clearTimeout(timer));
  }

  /** @override */
  pause() {
    this.isPaused = true;
  }

  /** @override */
  resume() {
    this.isPaused = false;
  }
}
