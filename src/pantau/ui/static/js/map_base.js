// Leaflet as our pages use it: fetched when a map is wanted, drawn on the operator's tiles, silent about its vendor.
import { bring, isLite } from "pantau/island";

/**
 * @typedef {typeof import("leaflet")} Leaflet
 * @typedef {{ tiles: string, credit: string, gone: AbortSignal, options: import("leaflet").MapOptions }} Wish
 */

export const CLOSEST = 19;

/** A map in `box`, without controls but the credit.  @param {HTMLElement} box @param {Wish} wish */
export async function openLeaflet(box, wish) {
  await Promise.all([bring("leaflet"), loadStyles()]);
  await breathe(wish.gone);
  // The published file is no module: it leaves its name in the window.
  const L = /** @type {Leaflet} */ (Reflect.get(globalThis, "L"));
  const moves = !isLite() && !matchMedia("(prefers-reduced-motion: reduce)").matches;
  const motion = { zoomAnimation: moves, fadeAnimation: moves, markerZoomAnimation: moves, inertia: moves };
  const map = L.map(box, { zoomControl: false, attributionControl: false, maxZoom: CLOSEST, ...motion, ...wish.options });
  wish.gone.addEventListener("abort", () => map.remove());
  if (wish.tiles) L.tileLayer(wish.tiles, { maxZoom: CLOSEST }).addTo(map);
  if (wish.credit) L.control.attribution({ prefix: false }).addAttribution(escaped(wish.credit)).addTo(map);
  const watcher = new ResizeObserver(() => map.invalidateSize({ animate: false }));
  watcher.observe(box);
  wish.gone.addEventListener("abort", () => watcher.disconnect());
  return { L, map, moves };
}

/** Let the page answer a finger between two pieces of work; throws where nobody waits for the rest. @param {AbortSignal} gone */
export async function breathe(gone) {
  await new Promise((go) => setTimeout(go));
  gone.throwIfAborted();
}

/** @returns {Promise<unknown>} */
function loadStyles() {
  const href = import.meta.resolve("leaflet/styles");
  if (document.querySelector(`link[href="${href}"]`)) return Promise.resolve();
  const link = Object.assign(document.createElement("link"), { rel: "stylesheet", href });
  return new Promise((resolve, reject) => {
    link.onload = resolve;
    link.onerror = (error) => {
      // Whoever tries again needs another one: a link that failed never loads.
      link.remove();
      reject(error);
    };
    // Before ours, which has the last word.
    document.head.prepend(link);
  });
}

/** @param {string} text */
function escaped(text) {
  const holder = document.createElement("span");
  holder.textContent = text;
  return holder.innerHTML;
}
