// What a player does once there is a picture: tell its time, count who watches, fetch the tools, rest while nobody looks.
import { clockText } from "pantau/player_clock";
import { say } from "pantau/player_face";

/** @typedef {import("pantau/player_core").State} State */
/** @typedef {import("pantau/player_core").Detail} Detail */
/** @typedef {InstanceType<typeof import("pantau/pantau_player").PantauPlayer>} Player */

const COUNTS_AFTER_S = 3;
const SHOWN = new Set(["live", "delayed", "still"]);
const TAKEN = new Set(["gone", "denied"]);

export class After {
  /** @type {Promise<import("pantau/viewing").Viewing | null> | undefined} */
  counting;
  kept = "";
  isTaken = false;

  /** @param {Player} player */
  constructor(player) {
    this.player = player;
    const signal = player.gone;
    const video = (this.video = player.need("video", HTMLVideoElement));
    const seen = new IntersectionObserver(([entry]) => {
      player.isSeen = Boolean(entry?.isIntersecting);
      player.look();
    });
    seen.observe(player);
    video.addEventListener("leavepictureinpicture", () => player.look(), { signal });
    signal.addEventListener("abort", () => (seen.disconnect(), URL.revokeObjectURL(this.kept)));
    const tools = "tools" in player.dataset;
    this.tools = tools ? import("pantau/player_tools").then(({ Tools }) => signal.aborted ? null : new Tools(player), () => null) : null;
  }

  see(/** @type {State} */ state, /** @type {Detail} */ detail) {
    this.count(state, detail.box);
    if (state === "stalled") this.keep();
    this.isTaken = state === "failed" && TAKEN.has(detail.box ?? "");
    if (this.isTaken) this.forget();
    if (SHOWN.has(state) && this.player.shown === state) this.showTime(detail.behind_s ?? 0);
  }

  /** Tell the time of the shown picture, and how far it lags. @param {number} behind_s */
  showTime(behind_s) {
    const { player, video } = this;
    const taken_at = player.core?.path.takenAt() ?? null;
    const clock = player.need("clock", HTMLTimeElement);
    clock.hidden = taken_at === null;
    if (taken_at !== null) {
      const text = clockText(taken_at, player.dataset.zone ?? "UTC", document.documentElement.lang);
      clock.textContent = `${text} ${player.dataset.zoneName}`;
      clock.dateTime = taken_at.toISOString();
    }
    if (player.shown === "delayed") say(player, "delayed", { behind: Math.round(behind_s) });
    const size = player.shown === "still" ? null : [video.videoWidth, video.videoHeight];
    player.tell("player-picture", { size, taken_at });
  }

  /** The last picture stays behind what is said about a fault, instead of one from when the page was opened. */
  keep() {
    const { video, player } = this;
    if (video.videoWidth === 0) return;
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [video.videoWidth, video.videoHeight];
    canvas.getContext("2d")?.drawImage(video, 0, 0);
    canvas.toBlob((blob) => {
      if (blob === null || this.isTaken || player.gone.aborted) return;
      URL.revokeObjectURL(this.kept);
      video.poster = this.kept = URL.createObjectURL(blob);
    }, "image/jpeg");
  }

  /** Taken from the public: no picture of it stays on the screen. */
  forget() {
    this.video.removeAttribute("poster");
    this.player.need("still", HTMLImageElement).hidden = true;
  }

  /** Count whoever sees a picture, or that there is none. @param {State} state @param {string | undefined} box */
  count(state, box) {
    const { camera, firstPictureMs } = this.player.dataset;
    if (!camera || !(this.counting || SHOWN.has(state) || state === "failed")) return;
    this.counting ??= new Promise((go) => this.player.later(COUNTS_AFTER_S, () => go(import("pantau/viewing")))).then(
      ({ Viewing }) => new Viewing(Number(camera), this.player.gone), () => null);
    this.counting.then((viewing) => viewing?.see(state, box, Number(firstPictureMs) || undefined));
  }

  /** A button that only some need. @param {string} what */
  async press(what) {
    const tools = await this.tools;
    if (tools) tools.press(what);
    else if (what === "full") (await import("pantau/player_screen")).fillScreen(this.player, this.video);
  }
}
