// What is near: worked out on the device, so that nobody is told where it is.

/** @typedef {import("pantau/wall_find").Named} Named */

const EARTH_M = 6_371_000;
const PATIENCE = { timeout: 20_000, maximumAge: 60_000 };

/** Where the device is; rejects with the browser's own reasons. @returns {Promise<[number, number]>} */
export async function position() {
  if (!navigator.geolocation) throw { code: 2 };
  const { coords } = await new Promise((/** @type {PositionCallback} */ found, failed) =>
    navigator.geolocation.getCurrentPosition(found, failed, PATIENCE));
  return [coords.latitude, coords.longitude];
}

/** The cameras whose place is known, the nearest first. @param {Named[]} cameras @param {[number, number]} here */
export function byDistance(cameras, here) {
  const placed = cameras.flatMap((camera) => (camera.point ? [{ camera, far_m: distance(here, camera.point) }] : []));
  placed.sort((a, b) => a.far_m - b.far_m || a.camera.id - b.camera.id);
  return placed.map(({ camera, far_m }) => (
    { camera, sub: [wordsOf(far_m), camera.location || camera.area].filter(Boolean).join(" · ") }));
}

/** Metres over the ball of the earth. @param {[number, number]} a @param {[number, number]} b */
export function distance(a, b) {
  const [from, east, to, west] = [...a, ...b].map((degrees) => (degrees * Math.PI) / 180);
  const half = (/** @type {number} */ angle) => Math.sin(angle / 2) ** 2;
  const height = half((to ?? 0) - (from ?? 0)) + Math.cos(from ?? 0) * Math.cos(to ?? 0) * half((west ?? 0) - (east ?? 0));
  return 2 * EARTH_M * Math.asin(Math.min(1, Math.sqrt(height)));
}

/** 350 m, 1,2 km, 14 km in the page's language. @param {number} far_m */
function wordsOf(far_m) {
  const isShort = far_m < 950;
  const options = { style: "unit", unit: isShort ? "meter" : "kilometer", maximumFractionDigits: far_m < 9_950 ? 1 : 0 };
  const rounded = isShort ? Math.max(10, Math.round(far_m / 10) * 10) : far_m / 1000;
  return new Intl.NumberFormat(document.documentElement.lang, /** @type {Intl.NumberFormatOptions} */ (options)).format(rounded);
}
