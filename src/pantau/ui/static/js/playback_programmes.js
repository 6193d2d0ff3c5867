// What the one video element of the playback page can show: a recording, or the live stream.
import { playsFromSource, playsNatively } from "pantau/player_video";
import { PlayerCore } from "pantau/player_core";
import { askPlaylist } from "pantau/player_faults";
import { NativePath } from "pantau/player_paths";
import { SourcePath } from "pantau/player_source";
import { StillPath } from "pantau/player_stills";
import { RecordedNative, RecordedSource, RecordedStills } from "pantau/playback_paths";

/** @typedef {import("pantau/playback_paths").Aim} Aim */
/** @typedef {import("pantau/player_paths").Path} Path */
/** @typedef {(state: import("pantau/player_core").State, detail: import("pantau/player_core").Detail) => void} Show */

/** A recording waits where it was left; only live streams are let go of. */
class RecordedCore extends PlayerCore {
  /** @override */
  late() {
    if (this.state !== "paused") super.late();
  }
}

/** @param {HTMLVideoElement} video @param {HTMLImageElement} image @param {Aim} aim @param {Show} show */
export function recordedCore(video, image, aim, show) {
  const all = [
    ...(playsNatively(video) ? [new RecordedNative(video, aim)] : []),
    ...(playsFromSource() ? [new RecordedSource(video, aim)] : []),
    new RecordedStills(image, aim),
  ];
  return new RecordedCore(chosen(all), show, (run) => askPlaylist(aim.address, run));
}

/** @param {HTMLVideoElement} video @param {HTMLImageElement} image @param {{ live?: string, liveStill?: string }} told @param {Show} show */
export function liveCore(video, image, told, show) {
  const { live = "", liveStill = "" } = told;
  const all = [
    ...(playsNatively(video) ? [new NativePath(video, live)] : []),
    ...(playsFromSource() ? [new SourcePath(video, live)] : []),
    new StillPath(image, liveStill, live),
  ];
  return new PlayerCore(chosen(all), show, (run) => askPlaylist(live, run));
}

/** For tests and for telling people "try the other way" on the telephone. @param {Path[]} all */
function chosen(all) {
  const forced = new URLSearchParams(location.search).get("player");
  return all.some(({ name }) => name === forced) ? all.filter(({ name }) => name === forced || name === "still") : all;
}

/** The last picture stays until the next one comes. @param {HTMLVideoElement} video @param {HTMLCanvasElement} kept */
export function keepPicture(video, kept) {
  if (video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA || video.videoWidth === 0) return;
  [kept.width, kept.height] = [video.videoWidth, video.videoHeight];
  kept.getContext("2d")?.drawImage(video, 0, 0);
  kept.hidden = false;
}
