// The sheet beside or below the map: the chosen camera, what stands around it, and the legend with its counts.
import { showFavourites, tapStar } from "pantau/favourites";
import { bring, remember } from "pantau/island";
import { distanceText } from "pantau/map_distances";

/**
 * @typedef {import("pantau/island").Island} Island
 * @typedef {import("pantau/map_cameras").MapCamera} MapCamera
 * @typedef {import("pantau/map_cameras").Mark} Mark
 * @typedef {{ camera: MapCamera, away_m: number | null }} Row
 */

/** What the stills of all pages call it. @type {Record<Mark, string>} */
const STATES = { on: "live", off: "offline", service: "maintenance", unknown: "unknown" };
const WIDE = "(min-width: 64rem)";

export class MapSheet {
  /** @type {MapCamera | null} */
  camera = null;

  /** @param {Island} root @param {() => void} closed */
  constructor(root, closed) {
    this.root = root;
    this.language = document.documentElement.lang;
    root.need("sheet", HTMLElement).addEventListener(
      "click",
      (event) => {
        const hit = event.target instanceof Element ? event.target : null;
        if (hit?.closest("[data-part=close]")) closed();
        tapStar(event);
        const link = hit?.closest("a[href^='/kamera/']");
        // From here on the player measures how long it takes.
        if (link instanceof HTMLAnchorElement) {
          remember("tapped", `${link.pathname} ${Date.now()}`, () => sessionStorage);
        }
      },
      { signal: root.gone },
    );
  }

  /** @param {MapCamera} camera */
  choose(camera) {
    this.camera = camera;
    const { root } = this;
    root.need("name", HTMLElement).textContent = camera.name;
    root.need("where", HTMLElement).textContent = [camera.location, camera.areaName].filter(Boolean).join(", ");
    root.need("no-point", HTMLElement).hidden = camera.place !== null;
    const picture = root.need("picture", HTMLAnchorElement);
    picture.href = root.need("watch", HTMLAnchorElement).href = camera.address;
    root.need("multi", HTMLAnchorElement).href = `/multi?tambah=${camera.id}`;
    const star = root.need("star", HTMLButtonElement);
    star.dataset.favourite = String(camera.id);
    star.setAttribute("aria-label", (star.dataset.say ?? "").replace("{name}", camera.name));
    showFavourites(root);
    const still = this.fillStill(picture, camera, matchMedia(WIDE).matches ? "?w=640" : "");
    delete still.dataset.version;
    root.need("chosen", HTMLElement).hidden = false;
    this.say([camera.name, camera.label].filter(Boolean).join(", "));
  }

  /** Show the chosen camera as it is by now; returns whether it is still there. @param {import("pantau/map_cameras").Atlas} atlas */
  renew(atlas) {
    if (this.camera === null) return true;
    this.camera = atlas.cameras.get(this.camera.id) ?? null;
    this.refresh();
    return this.camera !== null;
  }

  close() {
    this.camera = null;
    this.root.need("chosen", HTMLElement).hidden = true;
    this.root.need("near", HTMLElement).hidden = true;
    this.say("");
  }

  /** List cameras under a heading; none: no list. @param {string} title @param {Row[]} rows */
  list(title, rows) {
    const pattern = this.root.need("mini", HTMLTemplateElement);
    this.root.need("near-title", HTMLElement).textContent = title;
    const items = rows.map(({ camera, away_m }) => {
      const item = /** @type {DocumentFragment} */ (pattern.content.cloneNode(true));
      const link = item.querySelector("a");
      if (link) {
        link.href = camera.address;
        this.fillStill(link, camera, "");
        const away = away_m === null ? "" : distanceText(away_m, this.language);
        for (const [part, text] of [["strong", camera.name], ["small", [camera.location, away].filter(Boolean).join(" · ")]]) {
          link.querySelector(part ?? "")?.append(text ?? "");
        }
      }
      return item;
    });
    this.root.need("near-list", HTMLElement).replaceChildren(...items);
    this.root.need("near", HTMLElement).hidden = rows.length === 0;
  }

  async refresh() {
    const still = this.root.need("picture", HTMLElement).querySelector(".still");
    const camera = this.camera;
    if (camera === null || !(still instanceof HTMLElement)) return;
    this.flag(still, camera);
    if (!camera.still) return;
    const { refreshStill } = await bring("pantau/wall_stills");
    if (camera === this.camera) await refreshStill(still, camera.still, this.root.gone);
  }

  /** @param {Element} link @param {MapCamera} camera @param {string} width */
  fillStill(link, camera, width) {
    const still = /** @type {HTMLElement} */ (link.querySelector(".still"));
    still.querySelector("img")?.remove();
    const icon = still.querySelector("svg");
    icon?.toggleAttribute("hidden", camera.still !== "");
    if (camera.still) {
      const image = Object.assign(new Image(320, 180), { alt: "", loading: "lazy", decoding: "async" });
      image.src = camera.still + width;
      image.addEventListener("error", () => {
        image.remove();
        icon?.removeAttribute("hidden");
      });
      still.prepend(image);
    }
    this.flag(still, camera);
    return still;
  }

  /** @param {HTMLElement} still @param {MapCamera} camera */
  flag(still, camera) {
    still.dataset.state = STATES[camera.mark];
    still.querySelector(".still__flag")?.remove();
    const pattern = this.root.querySelector(`template[data-flag="${STATES[camera.mark]}"]`);
    if (!camera.label || !(pattern instanceof HTMLTemplateElement)) return;
    still.append(pattern.content.cloneNode(true));
    still.querySelector(".still__flag")?.append(camera.label);
  }

  /** For those who do not see it. @param {string} text */
  say(text) {
    this.root.need("said", HTMLElement).textContent = text;
  }
}
