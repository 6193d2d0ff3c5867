// Keeps the tiles of a wall fresh: states and numbers of all, stills of those that are looked at.
import { Polling } from "pantau/polling";
import { refreshStill } from "pantau/wall_stills";
import { showNews } from "pantau/wall_tiles";

/**
 * @typedef {import("pantau/island").Island} Island
 * @typedef {Island & {
 *   fresh?: Fresh, ends?: IntersectionObserver, finding: Promise<unknown> | null, showOpened: () => void,
 *   take: (tiles: Element[], end?: Element | null) => void, showStars: () => void }} Wall  <camera-wall>
 * @typedef {import("pantau/wall_tiles").CameraNews} CameraNews
 * @typedef {{ problems: string, watching: string }} Told
 * @typedef {Told & { cameras: Record<string, CameraNews>, areas: Record<string, Told> }} WallNews
 */
const SAID_S = 6;

export class Fresh {
  /** @type {Set<Element>} */
  inView = new Set();
  /** @type {WallNews | null} */
  news = null;
  isHurried = false;

  /** @param {Island} wall */
  constructor(wall) {
    this.wall = wall;
    this.views = new IntersectionObserver((entries) => this.look(entries));
    wall.gone.addEventListener("abort", () => this.views.disconnect());
    this.polling = new Polling(wall.dataset.news ?? "", (/** @type {WallNews} */ news) => this.show(news), wall.gone);
  }

  /** Take care of a tile. @param {Element} tile */
  take(tile) {
    this.views.observe(tile);
    this.showState(tile);
  }

  /** A tile goes. @param {Element} tile */
  drop(tile) {
    this.views.unobserve(tile);
    this.inView.delete(tile);
    const image = tile.querySelector("img");
    if (image?.src.startsWith("blob:")) URL.revokeObjectURL(image.src);
    tile.remove();
  }

  /** Tiles that the page did not come with know nothing yet. */
  hurry() {
    if (this.isHurried || this.news !== null) return;
    this.isHurried = true;
    this.polling.ask();
  }

  /** @param {IntersectionObserverEntry[]} entries */
  look(entries) {
    for (const { target, isIntersecting } of entries) {
      if (isIntersecting) this.inView.add(target);
      else this.inView.delete(target);
      if (isIntersecting) this.refresh(target);
    }
  }

  /** @param {WallNews} news */
  show(news) {
    this.news = news;
    const { area } = this.wall.dataset;
    const about = area === undefined ? news : (news.areas[area] ?? { problems: "", watching: "" });
    for (const part of /** @type {const} */ (["problems", "watching"])) {
      const said = this.wall.querySelector(`[data-part=${part}]`);
      if (!(said instanceof HTMLElement)) continue;
      said.textContent = about[part];
      said.hidden = about[part] === "";
    }
    /** @type {Record<string, Set<string>>} */
    const moved = { went: new Set(), came: new Set() };
    for (const tile of this.wall.querySelectorAll(".cam")) {
      moved[this.showState(tile)]?.add(tile.querySelector(".cam__name")?.textContent?.trim() ?? "");
    }
    for (const tile of this.inView) this.refresh(tile);
    this.tell(Object.entries(moved));
  }

  /** @param {Element} tile */
  newsOf(tile) {
    return this.news?.cameras[tile.getAttribute("data-id") ?? ""];
  }

  /** @param {Element} tile */
  showState(tile) {
    const news = this.newsOf(tile);
    if (news) return showNews(this.wall, tile, news);
    // It is not public any more: neither is its last still.
    if (this.news) this.drop(tile);
    return "";
  }

  /** @param {Element} tile */
  refresh(tile) {
    const still = tile.querySelector(".still");
    const address = this.newsOf(tile)?.still;
    if (address && still instanceof HTMLElement) refreshStill(still, address, this.wall.gone);
  }

  /** Say in one quiet line what has changed on this page. @param {[string, Set<string>][]} moved */
  tell(moved) {
    const said = moved.filter(([, names]) => names.size > 0).map(([how, names]) => {
      const more = names.size > 2 ? `, +${names.size - 2}` : "";
      return (this.wall.dataset[how] ?? "").replace("{names}", () => [...names].slice(0, 2).join(", ") + more);
    });
    if (said.length === 0) return;
    const toast = this.wall.need("toast", HTMLElement);
    const text = (toast.textContent = said.join(". "));
    this.wall.later(SAID_S, () => {
      if (toast.textContent === text) toast.textContent = "";
    });
  }
}
