// <playback-player>: the picture of the playback page.  Plays what was recorded, or what is live, in one element and
// with the same core as every player (lesson F01); where to go on is the page's decision.
import { Island } from "pantau/island";
import { cannotDecode, hasSound } from "pantau/player_video";
import { isRunning, showPicture, showState } from "pantau/player_face";
import { WallClock } from "pantau/playback_playlist";
import { keepPicture, liveCore, recordedCore } from "pantau/playback_programmes";

/** @typedef {import("pantau/player_core").State} State */
/** @typedef {import("pantau/player_core").Detail} Detail */

const TICK_MS = 200;
const MUTED_ABOVE = 2;
const FRAME_S = 1 / 25;
const PICTURES = new Set(["live", "delayed", "still"]);

export class PlaybackPlayer extends Island {
  isLive = false;
  /** @type {import("pantau/player_core").PlayerCore | undefined} */
  core;
  /** @type {import("pantau/player_core").PlayerCore | undefined} */
  recorded;
  frame_s = FRAME_S;
  shown = "";
  /** @type {import("pantau/playback_paths").Aim} */
  aim = { address: "", at_ms: 0, rate: 1, wall: new WallClock([]), stillAt: () => "", ended: () => this.tell("playback-ended") };

  start() {
    const signal = this.gone;
    const video = (this.video = this.need("video", HTMLVideoElement));
    this.still = this.need("still", HTMLImageElement);
    video.controls = false;
    video.removeAttribute("src");
    this.recorded = this.core = recordedCore(video, this.still, this.aim, (state, detail) => this.show(state, detail));
    const timer = setInterval(() => this.tick(), TICK_MS);
    signal.addEventListener("abort", () => (clearInterval(timer), this.core?.dispose()));
    video.addEventListener("seeked", () => this.tell("playback-time"), { signal });
    this.addEventListener("click", (event) => {
      const hit = event.target instanceof Element && event.target.closest("[data-do=play], [data-do=dismiss]");
      if (hit) hit.matches("[data-do=play]") ? this.core?.play() : this.need("box", HTMLElement).replaceChildren();
    }, { signal });
  }

  /** Play from a moment that is in this playlist. @param {string} address @param {number} at_ms */
  playAt(address, at_ms) {
    this.change(false);
    for (const path of this.core?.paths ?? []) if ("address" in path) path.address = address;
    Object.assign(this.aim, { address, at_ms, wall: new WallClock([]) });
    if (this.video && cannotDecode(this.dataset.codec ?? "", this.video)) this.core?.fault("codec");
    else this.core?.play();
  }

  playLive() {
    this.change(true), this.core?.play();
  }

  /** @param {boolean} isLive */
  change(isLive) {
    if (this.video && this.core?.path.name !== "still") keepPicture(this.video, this.need("kept", HTMLCanvasElement));
    this.core?.dispose();
    this.began_ms = performance.now();
    if (isLive !== this.isLive && this.video && this.still) {
      this.isLive = isLive;
      this.core = isLive ? liveCore(this.video, this.still, this.dataset, (state, detail) => this.show(state, detail)) : this.recorded;
    }
    this.dataset.programme = isLive ? "live" : "recorded";
    this.setRate(this.aim.rate);
  }

  /** Go to a moment in what is being played; false: it is not in there. @param {number} at_ms */
  jump(at_ms) {
    const { core, video } = this;
    if (!core || !video || this.isLive || core.run.signal.aborted || core.path.name === "still") return false;
    const media_s = this.aim.wall.mediaOf(at_ms);
    if (media_s === null || video.readyState === 0) return false;
    if (core.state !== "paused") this.began_ms = performance.now();
    this.aim.at_ms = at_ms;
    video.currentTime = media_s;
    if (core.state !== "paused") core.enter("loading");
    return true;
  }

  pause() {
    if (isRunning(this.core?.state ?? "")) this.core?.pause();
  }

  /** Go on after a pause; false: there is nothing to go on with. */
  resume() {
    if (this.core?.state !== "paused" || this.core.run.signal.aborted) return false;
    this.core.play();
    return true;
  }

  get isRunning() {
    return isRunning(this.core?.state ?? "idle") || this.core?.state === "still";
  }

  /** When the shown picture was taken, Unix milliseconds; null where nobody knows. */
  at() {
    return this.core?.run.signal.aborted ? null : (this.core?.path.takenAt()?.getTime() ?? null);
  }

  /** @param {number} rate  returns what the browser made of it */
  setRate(rate) {
    const { video, aim } = this;
    if (!video) return 1;
    const wanted = this.isLive ? 1 : (aim.rate = rate);
    try {
      video.defaultPlaybackRate = video.playbackRate = wanted;
    } catch {
      // Not every browser goes as fast or as slow as we ask.
    }
    video.muted = this.dataset.sound !== "on" || wanted > MUTED_ABOVE;
    return video.playbackRate / wanted;
  }

  show(/** @type {State} */ state, /** @type {Detail} */ detail) {
    this.dataset.state = state === "live" && !this.isLive ? "playing" : state;
    Object.assign(this.dataset, { path: this.core?.path.name, sayLive: this.isLive ? this.dataset.sayNow : "" });
    if (state !== this.shown || detail.attempt !== undefined) showState(this, state, detail);
    this.shown = state;
    this.tell("playback-state");
    if (PICTURES.has(state)) this.showFirst(state === "still");
    this.tell("playback-time");
  }

  /** @param {boolean} isStill */
  showFirst(isStill) {
    showPicture(this, isStill);
    this.need("kept", HTMLCanvasElement).hidden = true;
    if (this.video) this.need("sound", HTMLElement).hidden = isStill || !hasSound(this.video);
    if (this.began_ms === undefined) return;
    this.dataset.firstPictureMs = String(Math.round(performance.now() - this.began_ms));
    this.began_ms = undefined;
  }

  tick() {
    if (document.hidden || !this.isRunning) return;
    // Whatever has to begin anew, begins where it was.
    if (!this.isLive && this.core?.path.name !== "still") this.aim.at_ms = this.at() ?? this.aim.at_ms;
    this.tell("playback-time");
  }

  /** @param {string} name */
  tell(name) {
    this.dispatchEvent(new CustomEvent(name, { bubbles: true }));
  }
}

customElements.define("playback-player", PlaybackPlayer);
