// <pantau-player>: shows what PlayerCore decides.  Without it the <video> inside plays with the browser's controls.
import { Island, isLite } from "pantau/island";
import { cannotDecode, hasSound, playsFromSource, playsNatively } from "pantau/player_abilities";
import { PlayerCore } from "pantau/player_core";
import { fillScreen, isRunning, showClock, showPicture, showState, switchSound } from "pantau/player_face";
import { askPlaylist } from "pantau/player_faults";
import { NativePath, SourcePath } from "pantau/player_paths";
import { StillPath } from "pantau/player_stills";

/** @typedef {import("pantau/player_core").State} State */
/** @typedef {import("pantau/player_core").Detail} Detail */

const ASLEEP_AFTER_S = 10;
const TAP_COUNTS_S = 60;
const COUNTS_AFTER_S = 3;
const SHOWING = new Set(["live", "delayed", "still"]);
const ACTIVE = new Set(["loading", "live", "delayed", "still", "stalled", "waiting", "offline"]);

class PantauPlayer extends Island {
  /** @type {State | ""} */
  shown = "";
  /** @type {Promise<import("pantau/viewing").Viewing | null> | undefined} */
  counting;

  start() {
    const signal = this.gone;
    this.video = this.need("video", HTMLVideoElement);
    this.video.controls = false;
    this.video.removeAttribute("src");
    this.core = new PlayerCore(this.paths(), (state, detail) => this.show(state, detail), (run) =>
      askPlaylist(this.dataset.address ?? "", run));
    this.addEventListener("click", (event) => this.tap(event), { signal });
    this.video.addEventListener("click", () => this.core?.state === "idle" && this.play(), { signal });
    document.addEventListener("visibilitychange", () => this.look(), { signal });
    signal.addEventListener("abort", () => this.core?.dispose());
    this.tapped_ms = this.tapped();
    this.begin();
  }

  /** A visitor who tapped a camera wants to see it; only where data is dear do we ask again. */
  begin() {
    const state = this.dataset.state;
    if (state === "service") return this.play("maintenance");
    if (cannotDecode(this.dataset.codec ?? "", this.need("video", HTMLVideoElement))) return this.play("codec");
    if (state === "offline") return this.play("camera");
    if (isLite() && this.tapped_ms === null) return this.show("idle", {});
    this.play();
  }

  /** @param {import("pantau/player_faults").Fault} [fault]  known before anything was tried */
  play(fault) {
    this.began_ms = this.tapped_ms ?? performance.now();
    this.tapped_ms = null;
    if (fault !== undefined) return this.core?.fault(fault);
    this.core?.play();
  }

  /** When the tap on the wall happened that led here, on this page's clock; null without one. */
  tapped() {
    try {
      const [path, at] = (sessionStorage.getItem("pantau.tapped") ?? "").split(" ");
      sessionStorage.removeItem("pantau.tapped");
      const ago_ms = Date.now() - Number(at);
      if (path !== location.pathname || ago_ms > TAP_COUNTS_S * 1000) return null;
      return performance.now() - ago_ms;
    } catch {
      return null;
    }
  }

  paths() {
    const video = this.need("video", HTMLVideoElement);
    const address = this.dataset.address ?? "";
    const all = [
      ...(playsNatively(video) ? [new NativePath(video, address)] : []),
      ...(playsFromSource() ? [new SourcePath(video, address)] : []),
      new StillPath(this.need("still", HTMLImageElement), this.dataset.still ?? "", address),
    ];
    // For tests and for telling users "try the other way" on the telephone.
    const forced = new URLSearchParams(location.search).get("player");
    const chosen = all.filter(({ name }) => name === forced || name === "still");
    return all.some(({ name }) => name === forced) ? chosen : all;
  }

  tap(/** @type {Event} */ event) {
    const hit = event.target instanceof Element ? event.target.closest("[data-do]") : null;
    const core = this.core;
    if (!(hit instanceof HTMLElement) || core === undefined) return;
    if (hit.dataset.do === "toggle" && isRunning(core.state)) core.pause();
    else if (hit.dataset.do === "toggle" || hit.dataset.do === "play") this.play();
    else if (hit.dataset.do === "live") core.path.toLive() || core.begin();
    else if (hit.dataset.do === "dismiss") this.need("box", HTMLElement).replaceChildren();
    else if (hit.dataset.do === "full") fillScreen(this, this.need("video", HTMLVideoElement));
    else if (hit.dataset.do === "sound") switchSound(this, hit);
  }

  /** Nobody looks: let go of the stream after a moment, and take it up again when they come back (lesson F27). */
  look() {
    this.nap?.abort();
    const nap = (this.nap = new AbortController());
    if (document.hidden) this.later(ASLEEP_AFTER_S, () => this.sleep(), nap.signal);
    else if (this.isAsleep) this.core?.begin();
    if (!document.hidden) this.isAsleep = false;
  }

  sleep() {
    if (!ACTIVE.has(this.core?.state ?? "")) return;
    this.isAsleep = true;
    this.core?.dispose();
  }

  show(/** @type {State} */ state, /** @type {Detail} */ detail) {
    this.dataset.state = state;
    this.dataset.path = this.core?.path.name ?? "";
    if (state !== this.shown || detail.attempt !== undefined) showState(this, state, detail);
    this.shown = state;
    this.count(state, detail.box);
    if (!SHOWING.has(state)) return;
    this.noteFirst();
    showPicture(this, state === "still");
    this.need("sound", HTMLElement).hidden = state === "still" || !hasSound(this.need("video", HTMLVideoElement));
    showClock(this, this.core?.path.takenAt() ?? null, detail.behind_s);
  }

  /** Count whoever sees a picture, or that there is none; loaded late, since pictures come first. */
  count(/** @type {State} */ state, /** @type {string | undefined} */ box) {
    const { camera, firstPictureMs } = this.dataset;
    if (!camera || !(this.counting || SHOWING.has(state) || state === "failed")) return;
    this.counting ??= new Promise((go) => this.later(COUNTS_AFTER_S, () => go(import("pantau/viewing")))).then(
      ({ Viewing }) => new Viewing(Number(camera), this.gone), () => null);
    this.counting.then((viewing) => viewing?.see(state, box, Number(firstPictureMs) || undefined));
  }

  /** How long it took from the tap to the first decoded picture, for whoever measures. */
  noteFirst() {
    if (this.began_ms === undefined) return;
    const took_ms = Math.round(performance.now() - this.began_ms);
    performance.mark("pantau-first-picture", { detail: { took_ms } });
    this.dataset.firstPictureMs = String(took_ms);
    this.began_ms = undefined;
  }
}

customElements.define("pantau-player", PantauPlayer);
