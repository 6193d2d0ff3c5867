// What Leaflet shows: the view, the marks and the ground below them.
import { breathe, CLOSEST, openLeaflet } from "pantau/map_base";
import { MOST_FANNED, project } from "pantau/map_clusters";
import { drawGround } from "pantau/map_ground";
import { MapMarks } from "pantau/map_marks";

/**
 * @typedef {import("pantau/island").Island} Island
 * @typedef {import("pantau/map_cameras").Atlas} Atlas
 * @typedef {import("pantau/map_cameras").Box} Box
 * @typedef {import("pantau/map_cameras").MapCamera} MapCamera
 * @typedef {import("pantau/map_cameras").Place} Place
 * @typedef {Awaited<ReturnType<typeof openView>>} MapView
 */

const COUNTRY = /** @type {const} */ ([-2.5, 118, 5]);
const FARTHEST = 3;
const STREETS = 17;
const BLOCKS = 16;
/** Cameras closer than this stay together however near one looks. */
const INSEPARABLE_PX = 24;
/** Under the search and beside the buttons no mark should come to lie. */
const CLEAR = { paddingTopLeft: /** @type {[number, number]} */ ([32, 122]), paddingBottomRight: /** @type {[number, number]} */ ([64, 32]) };

/** @param {Island} root @param {Atlas} atlas @param {(cameras: MapCamera[]) => void} tapped */
export async function openView(root, atlas, tapped) {
  const { tiles = "", credit = "", sayMany = "", sayManyBroken = "", sayOff = "", sayService = "", sayUnknown = "" } = root.dataset;
  const box = root.need("ground", HTMLElement);
  const [lat, lng, zoom] = COUNTRY;
  const world = /** @type {[[number, number], [number, number]]} */ ([[-85, -200], [85, 200]]);
  const options = { center: /** @type {[number, number]} */ ([lat, lng]), zoom, minZoom: FARTHEST, maxBounds: world, zoomSnap: tiles ? 1 : 0.5 };
  const { gone } = root;
  const { L, map, moves } = await openLeaflet(box, { tiles, credit, gone, options });
  await breathe(gone);
  const states = { on: "", off: sayOff, service: sayService, unknown: sayUnknown };
  const ground = drawGround(L, map);
  ground.draw(atlas);
  await breathe(gone);
  const words = { many: sayMany, manyBroken: sayManyBroken, states };
  const marks = new MapMarks(L, map, words, { tapped, laid: (clusters) => ground.around(clusters) });
  let boxHome = atlas.home;
  /** @type {import("leaflet").Marker | null} */
  let me = null;
  // Nothing flies before the first marks are there.
  const calm = { animate: false };
  const fit = (/** @type {Box} */ [south, west, north, east], maxZoom = BLOCKS) =>
    void map.fitBounds([[south, west], [north, east]], { ...CLEAR, ...calm, maxZoom });

  return {
    fit,
    /** @param {Atlas} now */
    ground(now) {
      boxHome = now.home;
      ground.draw(now);
    },
    /** @param {MapCamera[]} cameras */
    show(cameras) {
      marks.show(cameras);
      calm.animate = moves;
    },
    /** @param {number | null} id */
    choose: (id) => marks.choose(id),
    /** @param {Place} place */
    go: (place) => void map.setView(place, Math.max(map.getZoom(), STREETS), calm),
    /** @param {number} by */
    zoom: (by) => void map.setZoom(map.getZoom() + by, calm),
    /** Where the operator says maps begin, else where the cameras are. @param {string} start */
    home(start) {
      const [south = NaN, west = NaN, near = NaN] = start.split(",").map(Number);
      if (start && Number.isFinite(south + west + near)) map.setView([south, west], Math.min(near, CLOSEST), calm);
      else if (boxHome) fit(boxHome);
    },
    /** Come so near that the cameras part; tells whether they can. @param {MapCamera[]} cameras */
    spread(cameras) {
      const places = cameras.flatMap(({ place }) => place ?? []);
      const points = places.map((place) => project(place.lat, place.lng, CLOSEST));
      const wide = Math.max(...points.map(({ x }) => x)) - Math.min(...points.map(({ x }) => x));
      const high = Math.max(...points.map(({ y }) => y)) - Math.min(...points.map(({ y }) => y));
      const canPart = Math.max(wide, high) >= INSEPARABLE_PX || cameras.length <= MOST_FANNED;
      if (!canPart || map.getZoom() >= CLOSEST) return false;
      const bounds = L.latLngBounds(places);
      const nearer = Math.max(map.getZoom() + 1, Math.min(map.getBoundsZoom(bounds, false, L.point(96, 154)), CLOSEST));
      map.setView(bounds.getCenter(), nearer, calm);
      return true;
    },
    /** Mark where this device is, with the cameras around it in view. @param {Place} here @param {Place[]} near */
    stand(here, near) {
      const icon = L.divIcon({ className: "you" });
      me ??= L.marker(here, { icon, interactive: false, keyboard: false }).addTo(map);
      me.setLatLng(here);
      map.fitBounds(L.latLngBounds([here, ...near]), { ...CLEAR, ...calm, maxZoom: BLOCKS });
    },
  };
}
