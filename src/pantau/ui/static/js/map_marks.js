// The marks on the map: one button for each camera, or for cameras that would lie over each other.
import { marksAt, project } from "pantau/map_clusters";

/**
 * @typedef {import("pantau/map_base").Leaflet} Leaflet
 * @typedef {import("pantau/map_cameras").MapCamera} MapCamera
 * @typedef {import("pantau/map_clusters").Cluster} Cluster
 * @typedef {{ many: string, manyBroken: string, states: Record<string, string> }} Words
 * @typedef {{ cluster: Cluster, marker: import("leaflet").Marker, button: HTMLButtonElement }} Drawn
 */

/** How far beyond the edge marks are ready for a short drag. */
const MARGIN_PX = 160;

export class MapMarks {
  /** @type {Map<string, Drawn>} */
  drawn = new Map();
  /** @type {MapCamera[]} */
  cameras = [];
  /** @type {Map<number, MapCamera>} */
  byId = new Map();
  /** @type {Cluster[]} */
  clusters = [];
  zoom = NaN;
  /** @type {number | null} */
  chosen = null;

  /**
   * @param {Leaflet} L @param {import("leaflet").Map} map @param {Words} words
   * @param {{ tapped: (cameras: MapCamera[]) => void, laid: (clusters: Cluster[]) => void }} tell
   */
  constructor(L, map, words, { tapped, laid }) {
    this.L = L;
    this.map = map;
    this.words = words;
    this.tapped = tapped;
    this.laid = laid;
    map.on("moveend", () => this.draw());
  }

  /** Show these cameras and no others; ask again whenever something about them changed. @param {MapCamera[]} cameras */
  show(cameras) {
    this.cameras = cameras.filter((camera) => camera.place !== null);
    this.byId = new Map(this.cameras.map((camera) => [camera.id, camera]));
    this.zoom = NaN;
    this.draw();
  }

  /** @param {number | null} id */
  choose(id) {
    this.chosen = id;
    for (const each of this.drawn.values()) this.dress(each);
  }

  draw() {
    const zoom = this.map.getZoom();
    if (zoom !== this.zoom) this.gather(zoom);
    const { min, max } = this.map.getPixelBounds();
    const wanted = this.clusters.filter(
      ({ x, y }) => min && max && x > min.x - MARGIN_PX && x < max.x + MARGIN_PX && y > min.y - MARGIN_PX && y < max.y + MARGIN_PX,
    );
    const focused = [...this.drawn.values()].find(({ button }) => button === document.activeElement);
    const keys = new Set(wanted.map(({ key }) => key));
    for (const [key, { marker }] of this.drawn) {
      if (keys.has(key)) continue;
      marker.remove();
      this.drawn.delete(key);
    }
    // As one reads, which is also the order of the tab key.
    for (const cluster of wanted.sort((a, b) => a.y - b.y || a.x - b.x)) this.put(cluster, zoom);
    this.laid(this.clusters);
    if (focused && !focused.button.isConnected) this.refocus(focused.cluster);
  }

  /** @param {number} zoom */
  gather(zoom) {
    const spots = this.cameras.flatMap(({ id, place, mark }) =>
      place ? [{ id, ...project(place.lat, place.lng, zoom), isBroken: mark === "off" }] : [],
    );
    this.clusters = marksAt(spots, zoom);
    this.zoom = zoom;
  }

  /** @param {Cluster} cluster @param {number} zoom */
  put(cluster, zoom) {
    const at = this.map.unproject([cluster.x, cluster.y], zoom);
    const before = this.drawn.get(cluster.key);
    if (before) {
      before.cluster = cluster;
      before.marker.setLatLng(at);
      return this.dress(before);
    }
    const button = Object.assign(document.createElement("button"), { type: "button", className: "spot" });
    const icon = this.L.divIcon({ html: button, className: "spot-at" });
    const marker = this.L.marker(at, { icon, keyboard: false, riseOnHover: true });
    const drawn = { cluster, marker, button };
    // Leaflet tells a tap from the end of a drag; keys come the same way.
    marker.on("click", () => this.tapped(this.camerasOf(drawn.cluster))).addTo(this.map);
    this.drawn.set(cluster.key, drawn);
    this.dress(drawn);
  }

  /** Say and show what the mark stands for. @param {Drawn} drawn */
  dress({ cluster, button }) {
    const { spots, broken } = cluster;
    const [camera] = this.camerasOf(cluster);
    const isMany = spots.length > 1;
    button.dataset.mark = isMany ? "many" : (camera?.mark ?? "unknown");
    const said = broken ? this.words.manyBroken : this.words.many;
    const state = camera ? camera.label || (this.words.states[camera.mark] ?? "") : "";
    const label = isMany
      ? said.replace("{count}", String(spots.length)).replace("{broken}", String(broken))
      : [camera?.name, state].filter(Boolean).join(", ");
    if (button.getAttribute("aria-label") !== label) button.setAttribute("aria-label", label);
    button.title = isMany ? "" : (camera?.name ?? "");
    button.toggleAttribute("data-broken", isMany && broken > 0);
    button.style.setProperty("--broken", String(Math.round((broken / spots.length) * 100)));
    if (isMany && button.textContent !== String(spots.length)) {
      const count = Object.assign(document.createElement("b"), { textContent: String(spots.length) });
      count.setAttribute("aria-hidden", "true");
      button.replaceChildren(count);
    }
    const isChosen = spots.some((spot) => spot.id === this.chosen);
    if (isChosen) button.setAttribute("aria-current", "true");
    else button.removeAttribute("aria-current");
  }

  /** Who pressed a mark that is gone goes on at what it came apart into. @param {Cluster} cluster */
  refocus(cluster) {
    const ids = new Set(cluster.spots.map((spot) => spot.id));
    const next = [...this.drawn.values()].find((each) => each.cluster.spots.some((spot) => ids.has(spot.id)));
    (next?.button ?? this.map.getContainer()).focus({ preventScroll: true });
  }

  /** @param {Cluster} cluster @returns {MapCamera[]} */
  camerasOf(cluster) {
    return cluster.spots.flatMap((spot) => this.byId.get(spot.id) ?? []);
  }
}
