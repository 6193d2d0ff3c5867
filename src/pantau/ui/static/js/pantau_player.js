// <pantau-player>: shows what PlayerCore decides.  Without it the <video> inside plays with the browser's controls.
//
// Any number of them may stand on a page.  `data-hold`: begins when `play()` is called; `data-tools`: with zoom, keys and
// the like; `release()` lets go of the stream; `setSound()` gives and takes the sound.  The events `player-state` and
// `player-sound` tell of changes; their details are the state and whether there is sound.
import { bring, Island, isLite, recall, remember } from "pantau/island";
import { PlayerCore } from "pantau/player_core";
import { isRunning, showPicture, showSound, showState } from "pantau/player_face";
import { askPlaylist } from "pantau/player_faults";
import { waysToPlay } from "pantau/player_paths";
import { cannotDecode, hasSound } from "pantau/player_video";

/** @typedef {import("pantau/player_core").State} State */
/** @typedef {import("pantau/player_after").After} After */

const HIDDEN_S = 10;
const OFF_SCREEN_S = 30;
const TAP_COUNTS_S = 60;
const SHOWING = new Set(["live", "delayed", "still"]);
const ACTIVE = new Set([...SHOWING, "loading", "stalled", "waiting", "offline"]);

export class PantauPlayer extends Island {
  /** @type {State | ""} */
  shown = "";
  /** @type {import("pantau/player_faults").Fault | undefined} what is wrong is known before anything was tried */
  known;
  /** @type {Promise<After | null | void> | undefined} */
  coming;
  isSeen = true;
  isAsleep = false;
  /** @type {After | undefined} */
  further;

  start() {
    const signal = this.gone;
    const video = (this.video = this.need("video", HTMLVideoElement));
    const { state, codec = "", address = "" } = this.dataset;
    this.further = this.coming = this.known = undefined;
    video.controls = false;
    video.removeAttribute("src");
    this.core = new PlayerCore(waysToPlay(video, this.need("still", HTMLImageElement), this.dataset),
      (shown, detail) => this.show(shown, detail), (run) => askPlaylist(address, run));
    this.addEventListener("click", (event) => this.tap(event), { signal });
    document.addEventListener("visibilitychange", () => this.look(), { signal });
    signal.addEventListener("abort", () => this.core?.dispose());
    this.known = state === "service" ? "maintenance" : cannotDecode(codec, video) ? "codec" : undefined;
    if (state === "offline") this.known ??= "camera";
    this.tapped_ms = this.tapped();
    // A visitor who tapped a camera wants to see it; only where data is dear do we ask again.
    if ("hold" in this.dataset || (isLite() && !this.known && this.tapped_ms === undefined)) this.known ?? this.show("idle", {});
    else this.play();
  }

  /** Moved within the page, where browsers can: it plays on. */
  connectedMoveCallback() {}

  play() {
    this.began_ms = this.tapped_ms ?? performance.now();
    const { known } = this;
    this.tapped_ms = this.known = undefined;
    if (known) this.core?.fault(known);
    else this.core?.play();
  }

  release() {
    this.core?.dispose();
    this.core?.enter("idle");
  }

  /** @param {boolean} isOn */
  setSound(isOn) {
    if (this.video?.muted === !isOn) return;
    if (this.video) this.video.muted = !isOn;
    showSound(this, isOn);
    this.tell("player-sound", isOn);
  }

  /** When the tap on the wall happened that led here, on this page's clock. */
  tapped() {
    const [path, at] = (recall("tapped", () => sessionStorage) ?? "").split(" ");
    if (path !== location.pathname) return undefined;
    remember("tapped", "", () => sessionStorage);
    const ago_ms = Date.now() - Number(at);
    return ago_ms < TAP_COUNTS_S * 1000 ? performance.now() - ago_ms : undefined;
  }

  /** @param {Event} event */
  tap({ target }) {
    const hit = target instanceof Element ? target.closest("[data-do]") : null;
    const { core } = this;
    const what = hit instanceof HTMLElement ? hit.dataset.do : target === this.video && core?.state === "idle" ? "play" : "";
    if (!what || !core) return;
    if (what === "toggle" && isRunning(core.state)) core.pause();
    else if (what === "toggle" || what === "play") this.play();
    else if (what === "live") core.path.toLive() || core.begin();
    else if (what === "dismiss") this.need("box", HTMLElement).replaceChildren();
    else if (what === "sound") this.setSound(Boolean(this.video?.muted));
    else this.more().then((further) => further?.press(what));
  }

  /** Nobody looks: let go of the stream after a moment, and take it up again when they come back (lesson F27). */
  look() {
    this.nap?.abort();
    const nap = (this.nap = new AbortController());
    const isWatched = (!document.hidden && this.isSeen) || document.pictureInPictureElement === this.video;
    if (!isWatched) return this.later(document.hidden ? HIDDEN_S : OFF_SCREEN_S, () => this.sleep(), nap.signal);
    if (this.isAsleep) this.core?.begin();
    this.isAsleep = false;
  }

  sleep() {
    this.isAsleep = ACTIVE.has(this.core?.state ?? "");
    if (this.isAsleep) this.core?.dispose();
  }

  show(/** @type {State} */ state, /** @type {import("pantau/player_core").Detail} */ detail) {
    const isNew = state !== this.shown;
    this.dataset.state = this.shown = state;
    this.dataset.path = this.core?.path.name ?? "";
    if (isNew || detail.attempt !== undefined) showState(this, state, detail);
    if (isNew) this.tell("player-state", state);
    const isShowing = SHOWING.has(state);
    if (isShowing) this.noteFirst(), showPicture(this, state === "still");
    if (isShowing && this.video) this.need("sound", HTMLElement).hidden = state === "still" || !hasSound(this.video);
    // What is not needed for a picture comes after the picture.
    if (isShowing || state === "failed" || this.further) this.more().then((further) => further?.see(state, detail));
  }

  /** What comes after the picture; asked for again with the next one where it did not come. */
  more() {
    const { gone } = this;
    return (this.coming ??= bring("pantau/player_after").then(
      ({ After }) => gone.aborted ? null : (this.further = new After(this)), () => void (this.coming = undefined)));
  }

  /** How long it took from the tap to the first decoded picture, for whoever measures. */
  noteFirst() {
    if (this.began_ms === undefined) return;
    this.dataset.firstPictureMs = String(Math.round(performance.now() - this.began_ms));
    performance.mark("pantau-first-picture", { detail: { took_ms: Number(this.dataset.firstPictureMs) } });
    this.began_ms = undefined;
  }

  /** @param {string} name @param {unknown} detail */
  tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { bubbles: true, detail }));
  }
}

customElements.define("pantau-player", PantauPlayer);
