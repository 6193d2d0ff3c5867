// What lies below the marks: quiet land where cameras stand, names of areas, and a scale.  Tiles of the operator's own
// server cover it as they arrive, so a server that is away leaves a map that still makes sense.
import { project } from "pantau/map_clusters";

/**
 * @typedef {import("pantau/map_base").Leaflet} Leaflet
 * @typedef {import("pantau/map_cameras").Atlas} Atlas
 * @typedef {import("pantau/map_cameras").Place} Place
 */

const BELOW_TILES = "150";
const NAMES = "160";
const LETTER_PX = 8;
const LINE_PX = 26;

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
  /** @type {{ marker: import("leaflet").Marker, name: string, count: number }[]} */
  let names = [];
  map.on("zoomend", () => thin(map, names));

  return (/** @type {Atlas} */ atlas) => {
    drawn.clearLayers();
    names = [];
    for (const area of atlas.areas.values()) {
      const [south, west, north, east] = area.box ?? [];
      if (south === undefined || west === undefined || north === undefined || east === undefined) continue;
      const places = [...atlas.cameras.values()]
        .filter((camera) => camera.area === area.id)
        .flatMap(({ place }) => (place && isInside(place, [south, west, north, east]) ? [place] : []));
      const shape = { renderer, interactive: false, noClip: true, smoothFactor: 0, className: "ground__land" };
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
    thin(map, names);
  };
}

/** Hide names that would lie over that of a larger area. @param {import("leaflet").Map} map @param {{ marker: import("leaflet").Marker, name: string }[]} names */
function thin(map, names) {
  /** @type {{ x: number, y: number, half: number }[]} */
  const shown = [];
  for (const { marker, name } of names) {
    const { lat, lng } = marker.getLatLng();
    const { x, y } = project(lat, lng, map.getZoom());
    const half = (Math.min(name.length, 24) * LETTER_PX) / 2;
    const isFree = shown.every((each) => Math.abs(each.x - x) > each.half + half || Math.abs(each.y - y) > LINE_PX);
    marker.getElement()?.toggleAttribute("hidden", !isFree);
    if (isFree) shown.push({ x, y, half });
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
