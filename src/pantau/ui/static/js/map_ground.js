// What lies below the marks: quiet land where cameras stand, names of areas, and a scale.  Tiles of the operator's own
// server cover it as they arrive, so a server that is away leaves a map that still makes sense.
import { project } from "pantau/map_clusters";

/**
 * @typedef {import("pantau/map_base").Leaflet} Leaflet
 * @typedef {import("pantau/map_cameras").Atlas} Atlas
 * @typedef {import("pantau/map_cameras").Place} Place
 * @typedef {import("pantau/map_clusters").Cluster} Cluster
 * @typedef {{ marker: import("leaflet").Marker, name: string, count: number }} Name
 */

const BELOW_TILES = "150";
const NAMES = "160";
const LETTER_PX = 8;
const LINE_PX = 22;
const MARK_PX = 46;
const LAND_DEG = 0.006;
const LAND_LEAST_PX = 72;
const LAND_MOST_PX = 2400;
/** How far above and below the middle of an area its name may lie. */
const OFFSETS_PX = [0, -34, 34, -62, 62];

/** @param {Leaflet} L @param {import("leaflet").Map} map */
export function drawGround(L, map) {
  map.createPane("ground").style.zIndex = BELOW_TILES;
  map.createPane("names").style.zIndex = NAMES;
  const lines = L.gridLayer({ pane: "ground", maxZoom: 19 });
  Object.assign(lines, { createTile: () => Object.assign(document.createElement("div"), { className: "ground__tile" }) });
  lines.addTo(map);
  L.control.scale({ imperial: false, position: "bottomleft" }).addTo(map);
  const renderer = L.svg({ pane: "ground", padding: 0.5 });
  const drawn = L.layerGroup().addTo(map);
  /** @type {Name[]} */
  let names = [];
  map.on("zoomend", () => drawn.eachLayer((each) => each instanceof L.Polygon && each.setStyle({ weight: widthAt(map) })));

  /** @param {Atlas} atlas */
  const draw = (atlas) => {
    drawn.clearLayers();
    names = [];
    for (const area of atlas.areas.values()) {
      const [south, west, north, east] = area.box ?? [];
      if (south === undefined || west === undefined || north === undefined || east === undefined) continue;
      const places = [...atlas.cameras.values()]
        .filter((camera) => camera.area === area.id)
        .flatMap(({ place }) => (place && isInside(place, [south, west, north, east]) ? [place] : []));
      const shape = { renderer, interactive: false, noClip: true, smoothFactor: 0, className: "ground__land", weight: widthAt(map) };
      L.polygon(hull(places), shape).addTo(drawn);
      if (!area.id) continue;
      const html = Object.assign(document.createElement("span"), { textContent: area.name });
      const icon = L.divIcon({ html, className: "ground__name" });
      const middle = /** @type {[number, number]} */ ([(south + north) / 2, (west + east) / 2]);
      const marker = L.marker(middle, { icon, pane: "names", interactive: false, keyboard: false }).addTo(drawn);
      marker.getElement()?.setAttribute("aria-hidden", "true");
      names.push({ marker, name: area.name, count: area.count });
    }
    names.sort((a, b) => b.count - a.count || a.name.localeCompare(b.name));
  };
  return { draw, around: (/** @type {Cluster[]} */ marks) => lay(map, names, marks) };
}

/** How wide land reaches around its cameras: some streets, or enough to be seen from afar. @param {import("leaflet").Map} map */
function widthAt(map) {
  const { lat, lng } = map.getCenter();
  const east = project(lat, lng + 0.001, map.getZoom()).x - project(lat, lng, map.getZoom()).x;
  return Math.min(LAND_MOST_PX, Math.max(LAND_LEAST_PX, (LAND_DEG / 0.001) * east));
}

/**
 * Names lie where no mark and no larger area's name does, near the middle of their area; the others are left out.
 * @param {import("leaflet").Map} map @param {Name[]} names @param {Cluster[]} marks
 */
function lay(map, names, marks) {
  const taken = marks.map(({ x, y }) => ({ x, y, half: MARK_PX / 2, high: MARK_PX / 2 }));
  for (const { marker, name } of names) {
    const { lat, lng } = marker.getLatLng();
    const { x, y } = project(lat, lng, map.getZoom());
    const half = (Math.min(name.length, 24) * LETTER_PX) / 2;
    const high = (Math.ceil(name.length / 24) * LINE_PX) / 2;
    const down = OFFSETS_PX.find((each) =>
      taken.every((other) => Math.abs(other.x - x) > other.half + half || Math.abs(other.y - y - each) > other.high + high));
    const element = marker.getElement();
    element?.toggleAttribute("hidden", down === undefined);
    if (down === undefined) continue;
    element?.style.setProperty("--down", `${down}px`);
    taken.push({ x, y: y + down, half, high });
  }
}

/** The corners of what holds all places (Andrew's monotone chain). @param {Place[]} places @returns {[number, number][]} */
export function hull(places) {
  const sorted = [...places].sort((a, b) => a.lng - b.lng || a.lat - b.lat);
  if (sorted.length < 3) return sorted.map(({ lat, lng }) => [lat, lng]);
  const half = (/** @type {Place[]} */ way) => {
    /** @type {Place[]} */
    const kept = [];
    for (const place of way) {
      for (let [a, b] = kept.slice(-2); a && b && turn(a, b, place) <= 0; [a, b] = kept.slice(-2)) kept.pop();
      kept.push(place);
    }
    return kept.slice(0, -1);
  };
  return [...half(sorted), ...half(sorted.reverse())].map(({ lat, lng }) => [lat, lng]);
}

/** @param {Place} a @param {Place} b @param {Place} c */
function turn(a, b, c) {
  return (b.lng - a.lng) * (c.lat - a.lat) - (b.lat - a.lat) * (c.lng - a.lng);
}

/** @param {Place} place @param {[number, number, number, number]} box */
function isInside({ lat, lng }, [south, west, north, east]) {
  return lat >= south && lat <= north && lng >= west && lng <= east;
}
