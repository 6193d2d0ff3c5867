// Newer pictures for the tiles of a wall.

import { isLite } from "pantau/island";

const EVERY_MS = 20_000;
const LITE_EVERY_MS = 60_000;
/** When each still was last asked for. @type {WeakMap<HTMLElement, number>} */
const asked = new WeakMap();

/**
 * Swap in a newer picture once it is decoded, so that the tile never goes blank.
 * @param {HTMLElement} still
 * @param {string} address
 * @param {AbortSignal} signal
 */
export async function refreshStill(still, address, signal) {
  if (performance.now() - (asked.get(still) ?? -Infinity) < (isLite() ? LITE_EVERY_MS : EVERY_MS)) return;
  asked.set(still, performance.now());
  // The cache is asked again each time; an unchanged still costs a few bytes.
  const answer = await fetch(address, { cache: "no-cache", signal }).catch(() => null);
  const version = answer?.headers.get("ETag") ?? "";
  if (!answer?.ok || still.dataset.version === version) return;
  const next = new Image(320, 180);
  next.alt = "";
  next.src = URL.createObjectURL(await answer.blob());
  const isDecoded = await next.decode().then(() => true, () => false);
  if (!isDecoded) return URL.revokeObjectURL(next.src);
  const shown = still.querySelector("img");
  if (shown === null) {
    // The first still takes the place of the sign for none.
    still.querySelector(":scope > .i")?.remove();
    still.prepend(next);
  }
  else shown.replaceWith(next);
  still.dataset.version = version;
  if (shown?.src.startsWith("blob:")) URL.revokeObjectURL(shown.src);
}
