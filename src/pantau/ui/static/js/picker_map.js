// The map inside <map-picker>: Leaflet, fetched only when somebody opens it.
import { CLOSEST, openLeaflet } from "pantau/map_base";

/**
 * @typedef {import("pantau/map_places").Place} Place
 * @typedef {{ tiles: string, credit: string, start: [number, number, number], pin: Element,
 *   words: Record<"zoomIn" | "zoomOut" | "pin", string>, chosen: (place: Place) => void, gone: AbortSignal }} Wish
 * @typedef {{ show: (place: Place | null) => void }} PickerMap
 */

const NEAR = 16;
const STEP_PX = 4;
const LEAP_PX = 24;
/** @type {Record<string, [number, number]>} */
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** @param {HTMLElement} box @param {Wish} wish @returns {Promise<PickerMap>} */
export async function openMap(box, wish) {
  const [lat, lng, zoom] = wish.start;
  const { tiles, credit, gone } = wish;
  const { L, map, moves } = await openLeaflet(box, { tiles, credit, gone, options: { center: [lat, lng], zoom } });
  L.control.zoom({ zoomInTitle: wish.words.zoomIn, zoomOutTitle: wish.words.zoomOut }).addTo(map);
  if (!tiles) grid(L).addTo(map);

  /** @type {import("leaflet").Marker | null} */
  let marker = null;
  const show = (/** @type {Place | null} */ place, isOurs = false) => {
    if (place === null) {
      marker?.remove();
      marker = null;
      return;
    }
    marker ??= pinAt(L, map, place, wish);
    marker.setLatLng(place);
    if (!isOurs) map.setView(place, Math.max(map.getZoom(), NEAR), { animate: moves });
  };
  const choose = (/** @type {Place} */ place) => {
    const wrapped = L.latLng(place).wrap();
    show(wrapped, true);
    wish.chosen(wrapped);
  };
  map.on("click", (event) => choose(event.latlng));
  box.addEventListener(
    "keydown",
    (event) => {
      if (event.key !== "Enter" || event.target !== box) return;
      // Enter would send the form around us.
      event.preventDefault();
      choose(map.getCenter());
    },
    { signal: wish.gone },
  );
  return { show };
}

/**
 * @param {typeof import("leaflet")} L @param {import("leaflet").Map} map @param {Place} place @param {Wish} wish
 */
function pinAt(L, map, place, wish) {
  const html = /** @type {HTMLElement} */ (wish.pin.cloneNode(true));
  const icon = L.divIcon({ html, className: "map-pin", iconSize: [44, 44], iconAnchor: [22, 40] });
  const marker = L.marker(place, { icon, draggable: true, title: wish.words.pin }).addTo(map);
  marker.on("dragend", () => wish.chosen(marker.getLatLng().wrap()));
  const element = marker.getElement();
  element?.setAttribute("aria-label", wish.words.pin);
  element?.addEventListener("keydown", (event) => {
    const [x, y] = ARROWS[event.key] ?? [0, 0];
    if (!x && !y) return;
    event.preventDefault();
    event.stopPropagation();
    const by = event.shiftKey ? LEAP_PX : STEP_PX;
    const point = map.latLngToContainerPoint(marker.getLatLng()).add([x * by, y * by]);
    marker.setLatLng(map.containerPointToLatLng(point));
    map.panInside(marker.getLatLng(), { padding: [40, 40] });
    wish.chosen(marker.getLatLng().wrap());
  });
  return marker;
}

/** Where the operator set no map: lines with their coordinates, so that the pin still has a place. */
function grid(/** @type {typeof import("leaflet")} */ L) {
  class Grid extends L.GridLayer {
    /** @param {import("leaflet").Coords} coordinates */
    createTile(coordinates) {
      const tile = document.createElement("div");
      tile.className = "map-grid";
      const corner = L.CRS.EPSG3857.pointToLatLng(coordinates.scaleBy(this.getTileSize()), coordinates.z);
      tile.textContent = `${corner.lat.toFixed(4)}, ${corner.lng.toFixed(4)}`;
      return tile;
    }
  }
  return new Grid({ maxZoom: CLOSEST });
}
