// <map-picker>: fills the inputs `latitude` and `longitude` by a click, a drag, keys, this device's position or a pasted link.
import { Island } from "pantau/island";
import { placeAt, placeOf, written } from "pantau/map_places";

/** @typedef {import("pantau/map_places").Place} Place */

const COUNTRY = /** @type {const} */ ([-2.5, 118, 4]);
const POSITION_MS = 15_000;

class MapPicker extends Island {
  /** @type {import("pantau/picker_map").PickerMap | null} */
  map = null;

  start() {
    const signal = this.gone;
    this.latitude = this.need("latitude", HTMLInputElement);
    this.longitude = this.need("longitude", HTMLInputElement);
    for (const input of [this.latitude, this.longitude]) {
      input.addEventListener("input", () => this.typed(input), { signal });
    }
    this.need("open", HTMLButtonElement).addEventListener("click", () => this.open(), { signal });
    this.need("here", HTMLButtonElement).addEventListener("click", () => this.locate(), { signal });
    signal.addEventListener("abort", () => (this.map = null));
  }

  /** Two numbers, or a link, in either field fill both. @param {HTMLInputElement} input */
  typed(input) {
    const place = placeOf(input.value);
    if (place !== null) return this.take(place);
    this.map?.show(this.place());
  }

  place() {
    return placeAt(this.latitude?.value ?? "", this.longitude?.value ?? "");
  }

  /** @param {Place} place @param {boolean} isFromMap */
  take(place, isFromMap = false) {
    for (const [input, degrees] of /** @type {const} */ ([
      [this.latitude, place.lat],
      [this.longitude, place.lng],
    ])) {
      if (input === undefined) continue;
      input.value = written(degrees);
      // Whoever counts unsaved changes hears of it as of typing.
      if (isFromMap || input !== document.activeElement) input.dispatchEvent(new Event("change", { bubbles: true }));
    }
    if (!isFromMap) this.map?.show(place);
    this.say((this.dataset.sayPlace ?? "").replace("{lat}", written(place.lat)).replace("{lng}", written(place.lng)));
  }

  /** The map is fetched here and not before (42 kB). */
  async open() {
    const box = this.need("map", HTMLElement);
    const button = this.need("open", HTMLButtonElement);
    button.disabled = true;
    try {
      const { openMap } = await import("pantau/picker_map");
      box.hidden = false;
      this.map = await openMap(box, {
        tiles: this.dataset.tiles ?? "",
        credit: this.dataset.credit ?? "",
        start: this.startView(),
        pin: this.pin(),
        words: {
          zoomIn: this.dataset.zoomIn ?? "",
          zoomOut: this.dataset.zoomOut ?? "",
          pin: this.dataset.pin ?? "",
        },
        chosen: (place) => this.take(place, true),
        gone: this.gone,
      });
      this.map.show(this.place());
      button.hidden = true;
      this.need("how", HTMLElement).hidden = false;
    } catch {
      box.hidden = true;
      button.disabled = false;
      this.say(this.dataset.sayNoMap ?? "");
    }
  }

  /** @returns {[number, number, number]} */
  startView() {
    const [lat, lng, zoom] = (this.dataset.start ?? "").split(",").map(Number);
    if (!lat || !lng) return [...COUNTRY];
    return [lat, lng, zoom || 13];
  }

  pin() {
    const inside = this.need("pin", HTMLTemplateElement).content.firstElementChild;
    if (inside === null) throw new TypeError("the template of the pin is empty");
    return inside;
  }

  locate() {
    if (!("geolocation" in navigator)) return this.say(this.dataset.sayNoPosition ?? "");
    this.say(this.dataset.sayLocating ?? "");
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => this.take({ lat: coords.latitude, lng: coords.longitude }),
      () => this.say(this.dataset.sayNoPosition ?? ""),
      { enableHighAccuracy: true, timeout: POSITION_MS, maximumAge: 60_000 },
    );
  }

  /** @param {string} text */
  say(text) {
    this.need("said", HTMLElement).textContent = text;
  }
}

customElements.define("map-picker", MapPicker);
