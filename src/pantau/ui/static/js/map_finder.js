// Finding a camera or an area on the map, with the wall's search, which is fetched when somebody begins to type.
import { bring } from "pantau/island";

/**
 * @typedef {import("pantau/island").Island} Island
 * @typedef {import("pantau/map_cameras").Atlas} Atlas
 * @typedef {import("pantau/map_cameras").MapCamera} MapCamera
 * @typedef {import("pantau/map_cameras").MapArea} MapArea
 * @typedef {{ camera: MapCamera } | { area: MapArea }} Found
 */

const MOST_FOUND = 8;
const MOST_AREAS = 2;
/** What the search knows of cameras beside their names. */
const NO_NAMES = { slug: "", location: "", area: "", point: null };

export class MapFinder {
  /** @type {Found[]} */
  found = [];
  /** @type {{ atlas: Atlas, index: import("pantau/wall_find").Index } | null} */
  known = null;

  /** @param {Island & { atlas: Atlas | null }} root @param {(found: Found) => void} chosen */
  constructor(root, chosen) {
    const signal = root.gone;
    this.root = root;
    this.chosen = chosen;
    this.search = root.need("search", HTMLInputElement);
    this.list = root.need("found", HTMLElement);
    this.search.addEventListener("input", () => this.look(), { signal });
    this.search.form?.addEventListener("submit", (event) => this.submit(event), { signal });
    this.search.form?.addEventListener("keydown", (event) => this.key(event), { signal });
    this.list.addEventListener("click", (event) => this.tap(event), { signal });
    if (this.search.value) this.look();
    document.addEventListener("pointerdown", (event) => this.leave(event), { signal });
  }

  async look() {
    const { atlas } = this.root;
    const text = this.search.value.trim();
    const isAsking = atlas !== null && text !== "";
    const found = isAsking ? await this.find(atlas, text).catch(() => []) : [];
    if (text !== this.search.value.trim()) return;
    this.found = found;
    const rows = this.found.map((each, at) => this.row(each, at));
    const none = Object.assign(document.createElement("li"), { textContent: this.root.dataset.sayNone ?? "", className: "muted" });
    this.list.replaceChildren(...(rows.length ? rows : [none]));
    this.show(isAsking);
  }

  /** Areas first, then cameras, the best first. @param {Atlas} atlas @param {string} text @returns {Promise<Found[]>} */
  async find(atlas, text) {
    const { Index, wordsOf } = /** @type {typeof import("pantau/wall_find")} */ (await bring("pantau/wall_find"));
    if (this.known?.atlas !== atlas) {
      const names = [...atlas.cameras.values()].map(({ id, name, location, areaName }) => ({ ...NO_NAMES, id, name, location, area: areaName }));
      this.known = { atlas, index: new Index(names) };
    }
    // A misspelt word is rather meant for one of many cameras than for one of few areas.
    const words = wordsOf(text);
    const areas = [...atlas.areas.values()].filter((area) => {
      const own = wordsOf(area.name);
      return words.length && words.every((word) => own.some((each) => each.startsWith(word)));
    }).slice(0, MOST_AREAS);
    const cameras = this.known.index.find(text).slice(0, MOST_FOUND - areas.length);
    return [
      ...areas.map((area) => ({ area })),
      ...cameras.flatMap(({ id }) => atlas.cameras.get(id) ?? []).map((camera) => ({ camera })),
    ];
  }

  /** What lies under the list cannot be pressed. @param {boolean} isOpen */
  show(isOpen) {
    this.list.hidden = !isOpen;
    this.root.need("ground", HTMLElement).inert = isOpen;
  }

  /** @param {Found} found @param {number} at */
  row(found, at) {
    const { sayNoPoint = "", sayArea = "" } = this.root.dataset;
    const name = "camera" in found ? found.camera.name : found.area.name;
    const below = "camera" in found
      ? [found.camera.location || found.camera.areaName, found.camera.label, found.camera.place ? "" : sayNoPoint]
      : [sayArea.replace("{count}", String(found.area.count))];
    const button = Object.assign(document.createElement("button"), { type: "button" });
    button.dataset.at = String(at);
    button.append(Object.assign(document.createElement("strong"), { textContent: name }));
    button.append(Object.assign(document.createElement("small"), { textContent: below.filter(Boolean).join(" · ") }));
    const item = document.createElement("li");
    item.append(button);
    return item;
  }

  /** @param {Event} event */
  tap(event) {
    const button = event.target instanceof Element ? event.target.closest("button") : null;
    if (button) this.pick(Number(button.dataset.at));
  }

  /** @param {Event} event */
  submit(event) {
    // Until the map is there, the wall answers.
    if (this.root.atlas === null) return;
    event.preventDefault();
    if (this.found.length) this.pick(0);
  }

  /** @param {number} at */
  pick(at) {
    const chosen = this.found[at];
    if (chosen === undefined) return;
    this.search.value = "camera" in chosen ? chosen.camera.name : chosen.area.name;
    this.show(false);
    this.chosen(chosen);
  }

  /** Arrows go through what was found, Escape clears. @param {KeyboardEvent} event */
  key(event) {
    const stops = /** @type {HTMLElement[]} */ ([this.search, ...this.list.querySelectorAll("button")]);
    const step = this.list.hidden ? 0 : ({ ArrowDown: 1, ArrowUp: -1 }[event.key] ?? 0);
    if (event.key === "Escape") {
      this.search.value = "";
      this.look();
      this.search.focus();
    } else if (step) {
      event.preventDefault();
      stops[(stops.indexOf(/** @type {HTMLElement} */ (document.activeElement)) + step + stops.length) % stops.length]?.focus();
    }
  }

  /** @param {Event} event */
  leave(event) {
    if (!(event.target instanceof Node && this.search.form?.contains(event.target))) this.show(false);
  }
}
