// Which cameras stand around a place, and how far away.

/**
 * @typedef {import("pantau/map_cameras").MapCamera} MapCamera
 * @typedef {import("pantau/map_cameras").Place} Place
 */

const EARTH_M = 6_371_000;

/**
 * The cameras around a place, the nearest first; none around nowhere.
 * @param {Iterable<MapCamera>} cameras @param {Place | null} place @param {number} most
 * @returns {{ camera: MapCamera, away_m: number }[]}
 */
export function nearest(cameras, place, most) {
  const found = [];
  for (const camera of cameras) if (place && camera.place) found.push({ camera, away_m: apart_m(place, camera.place) });
  return found.sort((a, b) => a.away_m - b.away_m || a.camera.id - b.camera.id).slice(0, most);
}

/** @param {Place} a @param {Place} b */
export function apart_m(a, b) {
  const [latA, latB, east] = [a.lat, b.lat, b.lng - a.lng].map((degrees) => (degrees * Math.PI) / 180);
  const half = Math.sin(((latB ?? 0) - (latA ?? 0)) / 2) ** 2;
  const wide = Math.cos(latA ?? 0) * Math.cos(latB ?? 0) * Math.sin((east ?? 0) / 2) ** 2;
  return 2 * EARTH_M * Math.asin(Math.min(1, Math.sqrt(half + wide)));
}

/** A distance as people say it. @param {number} away_m @param {string} language */
export function distanceText(away_m, language) {
  const isNear = away_m < 950;
  const amount = isNear ? Math.max(10, Math.round(away_m / 10) * 10) : away_m / 1000;
  const digits = isNear || amount >= 100 ? 0 : 1;
  const unit = isNear ? "meter" : "kilometer";
  return new Intl.NumberFormat(language, { style: "unit", unit, maximumFractionDigits: digits }).format(amount);
}
