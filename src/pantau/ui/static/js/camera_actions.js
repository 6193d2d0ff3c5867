// <camera-actions>: what a visitor can do with one camera besides watching it.  Each action is fetched when somebody
// reaches for it, and the news of the camera once its picture is on its way.
import { bring, Island } from "pantau/island";

const NEWS_AFTER_S = 4;

class CameraActions extends Island {
  start() {
    const signal = this.gone;
    this.addEventListener("click", (event) => this.tap(event), { signal });
    for (const kind of ["pointerover", "focusin"]) this.addEventListener(kind, (event) => this.reach(event), { signal });
    bring("pantau/favourites").then(({ showFavourites, noteOpened }) => {
      showFavourites(this);
      // However somebody came here: by a link, the map, a neighbour.
      noteOpened(this.querySelector("[data-favourite]")?.getAttribute("data-favourite") ?? "");
    }, () => undefined);
    this.later(NEWS_AFTER_S, () => bring("pantau/watch_news").then(({ WatchNews }) => new WatchNews(this), () => undefined));
  }

  /** @param {Event} event */
  async tap(event) {
    const hit = event.target instanceof Element ? event.target.closest("[data-do], [data-favourite]") : null;
    if (!(hit instanceof HTMLElement)) return;
    if (hit.dataset.favourite) (await bring("pantau/favourites")).tapStar(event);
    else if (hit.dataset.do === "snapshot") (await bring("pantau/watch_capture")).snapshot(this);
  }

  /** @param {Event} event */
  reach({ target }) {
    if (target instanceof Element && target.closest("share-sheet:not(:defined)")) bring("pantau/share_sheet").catch(() => undefined);
  }
}

customElements.define("camera-actions", CameraActions);
