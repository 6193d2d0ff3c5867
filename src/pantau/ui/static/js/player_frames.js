// Says when a video element has really decoded another picture.

const LOOK_EVERY_S = 0.5;

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
