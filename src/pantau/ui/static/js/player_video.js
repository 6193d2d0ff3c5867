// What this browser's video element can play, and whether it really decoded another picture.  "Cannot" blocks, "unknown"
// never does (lesson F01).

const LOOK_EVERY_S = 0.5;
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

/** @param {HTMLVideoElement} video  pictures decoded since its source was set */
export function decodedFrames(video) {
  return video.getVideoPlaybackQuality().totalVideoFrames;
}

/**
 * Report the first picture as it appears and then twice a second whether there were more.
 * @param {HTMLVideoElement} video
 * @param {() => void} tell
 * @param {AbortSignal} signal
 */
export function watchFrames(video, tell, signal) {
  let seen = decodedFrames(video);
  const look = () => {
    const now = decodedFrames(video);
    // A new source starts counting from nothing.
    if (now < seen) seen = 0;
    if (now === seen || video.videoWidth === 0) return;
    seen = now;
    tell();
  };
  const timer = setInterval(look, LOOK_EVERY_S * 1000);
  signal.addEventListener("abort", () => clearInterval(timer));
  // Counting is what hidden tabs and old browsers allow; this callback is exact to the frame where it exists.
  video.requestVideoFrameCallback?.(() => signal.aborted || look());
}
