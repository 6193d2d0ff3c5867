// What an open map knows of the cameras: read once, and told now and then which of them are not well.

/**
 * @typedef {import("pantau/island").Island} Island
 * @typedef {"on" | "off" | "service" | "unknown"} Mark
 * @typedef {{ lat: number, lng: number }} Place
 * @typedef {[south: number, west: number, north: number, east: number]} Box
 * @typedef {{ id: number, address: string, name: string, location: string, area: number, areaName: string,
 *   place: Place | null, still: string, mark: Mark, label: string }} MapCamera
 * @typedef {{ id: number, name: string, count: number, box: Box | null }} MapArea
 * @typedef {{ version: string, cameras: Map<number, MapCamera>, areas: Map<number, MapArea>, home: Box | null }} Atlas
 * @typedef {{ version: string, cameras: Record<string, [Mark, string]> }} MapNews
 * @typedef {[number, string, string, string, number, number | null, number | null, number]} CameraRow
 * @typedef {[number, string, number, Box | null]} AreaRow
 */

/** Square maps end here. */
const END_OF_MAPS = 85;
const PATIENCE_MS = 20_000;
/** @type {Mark[]} */
export const MARKS = ["on", "off", "service", "unknown"];

/**
 * @param {{ version: string, cameras: CameraRow[], areas: AreaRow[], home: Box | null }} places
 * @param {string} elsewhere  what the area of cameras without one is called
 * @returns {Atlas}
 */
export function readPlaces(places, elsewhere) {
  const areas = new Map(places.areas.map(([id, name, count, box]) => [id, { id, name: name || elsewhere, count, box }]));
  /** @type {Map<number, MapCamera>} */
  const cameras = new Map();
  for (const [id, slug, name, location, area, lat, lng, hasStill] of places.cameras) {
    cameras.set(id, {
      id,
      address: `/kamera/${id}-${slug}`,
      name,
      location,
      area,
      areaName: area ? (areas.get(area)?.name ?? "") : "",
      place: placeOf(lat, lng),
      still: hasStill ? `/api/thumbnails/${id}.jpg` : "",
      mark: "on",
      label: "",
    });
  }
  return { version: places.version, cameras, areas, home: places.home };
}

/**
 * Everything that a map begins with.
 * @param {DOMStringMap} from  where the places and the news are, and what no area is called
 * @param {AbortSignal} gone
 */
export async function loadAtlas({ places = "", news = "", elsewhere = "" }, gone) {
  const [read, said] = await Promise.all([places, news].map((address) => fetchJson(address, gone)));
  const atlas = readPlaces(read, elsewhere);
  takeNews(atlas, said);
  return atlas;
}

/** @param {string} address @param {AbortSignal} gone */
async function fetchJson(address, gone) {
  const turn = new AbortController();
  const late = setTimeout(() => turn.abort("late"), PATIENCE_MS);
  gone.addEventListener("abort", () => turn.abort(), { once: true });
  try {
    const answer = await fetch(address, { signal: turn.signal });
    if (!answer.ok) throw new Error(String(answer.status));
    return await answer.json();
  } finally {
    clearTimeout(late);
  }
}

/** Take the news: who is not in it is well. @param {Atlas} atlas @param {MapNews} news */
export function takeNews(atlas, news) {
  for (const camera of atlas.cameras.values()) {
    const [mark, label] = news.cameras[camera.id] ?? ["on", ""];
    camera.mark = MARKS.includes(mark) ? mark : "unknown";
    camera.label = label;
  }
}

/** How many of the cameras on the map carry each mark. @param {Atlas} atlas */
export function countMarks(atlas) {
  const counts = { on: 0, off: 0, service: 0, unknown: 0 };
  for (const camera of atlas.cameras.values()) if (camera.place) counts[camera.mark] += 1;
  return counts;
}

/**
 * Write the legend, and how many are not well onto the switch that shows them alone; returns whether it is on.
 * @param {Island} root @param {Record<Mark, number>} counts @param {boolean} isPressed  just now
 */
export function showCounts(root, counts, isPressed) {
  for (const mark of MARKS) root.need(`count-${mark}`, HTMLElement).textContent = String(counts[mark]);
  const button = root.need("troubled", HTMLButtonElement);
  const isOnly = (button.getAttribute("aria-pressed") === "true") !== isPressed;
  button.setAttribute("aria-pressed", String(isOnly));
  const troubled = counts.off + counts.service + counts.unknown;
  button.hidden = !troubled && !isOnly;
  root.need("troubled-count", HTMLElement).textContent = String(troubled);
  return isOnly;
}

/** The server has judged them already (map_points.py); a map that is given nonsense would never come back. */
function placeOf(/** @type {number | null} */ lat, /** @type {number | null} */ lng) {
  const isPlace = lat !== null && lng !== null && Math.abs(lat) <= END_OF_MAPS && Math.abs(lng) <= 180;
  return isPlace ? { lat, lng } : null;
}
