// <pantau-map>: cameras on a map, with Leaflet, which is fetched here alone.  Without it the list below stays.
import { Island, bring } from "pantau/island";
import { countMarks, loadAtlas, showCounts, takeNews } from "pantau/map_cameras";
import { Polling } from "pantau/polling";

/**
 * @typedef {import("pantau/map_cameras").Atlas} Atlas
 * @typedef {import("pantau/map_cameras").MapCamera} MapCamera
 * @typedef {import("pantau/map_desk").MapDesk} MapDesk
 */

/** Why a visitor gets less where that is about data: the map costs 42 kB. */
const DEAR = /hand|save|link|slow/;

export class PantauMap extends Island {
  /** @type {Atlas | null} */
  atlas = null;
  /** @type {import("pantau/map_view").MapView | null} */
  view = null;
  /** @type {MapDesk | null} */
  desk = null;
  /** @type {Promise<MapDesk | null> | null} */
  coming = null;

  start() {
    const signal = this.gone;
    this.addEventListener("click", (event) => this.tap(event), { signal });
    // What a press needs is on its way before the finger is up.
    for (const kind of ["pointerdown", "focusin"]) this.addEventListener(kind, () => this.reach(), { signal, once: true });
    document.addEventListener("keydown", (event) => this.key(event), { signal });
    signal.addEventListener("abort", () => (this.view = this.desk = this.coming = null));
    if (this.dataset.state === "empty") return;
    if (DEAR.test(document.documentElement.dataset.lite ?? "")) this.dataset.state = "waiting";
    else this.open();
  }

  /** Search, sheet and all else that answers a visitor; null where it cannot be had. */
  reach() {
    this.coming ??= bring("pantau/map_desk").then(
      ({ MapDesk }) => (this.desk = /** @type {MapDesk} */ (new MapDesk(this))),
      () => (this.coming = null),
    );
    return this.coming;
  }

  async open() {
    this.dataset.state = "loading";
    const { gone } = this;
    try {
      const [{ breathe }, { openView }] = await Promise.all([bring("pantau/map_base"), bring("pantau/map_view"), this.load()]);
      if (gone.aborted || this.atlas === null) return;
      const view = await openView(this, this.atlas, (/** @type {MapCamera[]} */ cameras) => this.tapped(cameras));
      view.home(this.dataset.start ?? "");
      await breathe(gone);
      this.view = view;
      this.refresh();
      this.dataset.state = "ready";
      // An address may ask for one camera or one area.
      if (/[?&](kamera|area)=/.test(location.search)) (await this.reach())?.begin(new URLSearchParams(location.search));
      new Polling(this.dataset.news ?? "", (news) => this.hear(news), gone);
    } catch {
      if (!gone.aborted) this.dataset.state = "failed";
    }
  }

  async load() {
    this.atlas = await loadAtlas(this.dataset, this.gone);
  }

  async hear(/** @type {import("pantau/map_cameras").MapNews} */ news) {
    if (this.atlas === null) return;
    if (news.version === this.atlas.version) takeNews(this.atlas, news);
    else {
      // Cameras came or went.  What is known stays until the new ones can be read.
      const isRead = await this.load().then(() => true, () => false);
      if (!isRead) return;
      this.view?.ground(this.atlas);
    }
    this.refresh();
  }

  refresh(isPressed = false) {
    if (this.atlas === null) return;
    const isOnly = showCounts(this, countMarks(this.atlas), isPressed);
    this.view?.show([...this.atlas.cameras.values()].filter((camera) => !isOnly || camera.mark !== "on"));
    this.desk?.refresh(this.atlas);
  }

  /** @param {MapCamera[]} cameras */
  async tapped(cameras) {
    const desk = await this.reach();
    if (desk) desk.tapped(cameras);
    // Without the sheet its page shows the camera.
    else if (cameras.length === 1 && cameras[0]) location.assign(cameras[0].address);
  }

  /** @param {MouseEvent} event */
  async tap(event) {
    const hit = event.target instanceof Element ? event.target.closest("[data-do]") : null;
    if (!(hit instanceof HTMLElement)) return;
    const { do: what, area } = hit.dataset;
    if (what === "open") this.open();
    else if (what === "troubled") this.refresh(true);
    else if (what === "all") this.view?.home("");
    else if (what === "in" || what === "out") this.view?.zoom(what === "in" ? 1 : -1);
    else if (what === "near") (await this.reach())?.locate();
    else if (what === "area" && this.view && this.atlas?.areas.get(Number(area))?.box) {
      event.preventDefault();
      hit.closest("details.menu")?.removeAttribute("open");
      scrollTo({ top: 0 });
      (await this.reach())?.focusArea(Number(area));
    }
  }

  /** `/` and Ctrl+K lead to the search, as on the wall. @param {KeyboardEvent} event */
  key(event) {
    const isTyping = event.target instanceof Element && event.target.closest("input, textarea, select, dialog");
    const isOurs = event.ctrlKey || event.metaKey ? event.key === "k" : event.key === "/" && !isTyping;
    if (!isOurs || event.defaultPrevented || event.altKey) return;
    event.preventDefault();
    this.need("search", HTMLInputElement).select();
  }
}

customElements.define("pantau-map", PantauMap);
