// What this browser can play; "cannot" blocks, "unknown" never does (lesson F01).

const HLS = "application/vnd.apple.mpegurl";
const H265 = 'video/mp4; codecs="hvc1.1.6.L93.B0"';

/**
 * Whether the browser says that it has no decoder.  Asked before anything is tried.
 * @param {string} codec  as the server measured it; empty where it does not know
 * @param {HTMLVideoElement} video
 */
export function cannotDecode(codec, video) {
  if (codec !== "h265") return false;
  const source = "MediaSource" in globalThis ? MediaSource : undefined;
  return video.canPlayType(H265) === "" && !source?.isTypeSupported(H265);
}

/** @param {HTMLVideoElement} video */
export function playsNatively(video) {
  return video.canPlayType(HLS) !== "";
}

/** Whether the stream has sound, asked while it plays; browsers answer in their own ways. @param {HTMLVideoElement} video */
export function hasSound(video) {
  const told = /** @type {{ webkitAudioDecodedByteCount?: number, mozHasAudio?: boolean, audioTracks?: unknown[] }} */ (
    /** @type {unknown} */ (video)
  );
  return Boolean(told.mozHasAudio || told.webkitAudioDecodedByteCount || told.audioTracks?.length);
}

export function playsFromSource() {
  return "MediaSource" in globalThis || "ManagedMediaSource" in globalThis;
}
