// The picture on the whole screen, lying down on phones, or in a small window of its own.

/** @typedef {ScreenOrientation & { lock?: (way: string) => Promise<void> }} Orientation */
/** @typedef {HTMLVideoElement & { webkitEnterFullscreen?: () => void }} Video */

/** Fill the screen, or leave it. @param {HTMLElement} player @param {Video} video */
export async function fillScreen(player, video) {
  if (document.fullscreenElement) return document.exitFullscreen();
  // iPhones let only the video itself fill the screen.
  if (!player.requestFullscreen) return video.webkitEnterFullscreen?.();
  try {
    await player.requestFullscreen({ navigationUI: "hide" });
    // Given back by the browser with the screen.  Computers and iPads refuse, and nothing is lost.
    if (matchMedia("(pointer: coarse)").matches) await /** @type {Orientation} */ (screen.orientation).lock?.("landscape");
  } catch {
    // Refused: the picture stays where it is, or as the phone is held.
  }
}

/** Whether this browser has small windows. @param {HTMLVideoElement} video */
export function canFloat(video) {
  return document.pictureInPictureEnabled && !video.disablePictureInPicture;
}

/** Into a small window, or back. @param {HTMLVideoElement} video */
export async function float(video) {
  try {
    if (document.pictureInPictureElement === video) await document.exitPictureInPicture();
    else await video.requestPictureInPicture();
  } catch {
    // Not yet, or not here: the button stays for another try.
  }
}
