// The list in the place of the wall's own: tiles for what was found on the device, or a sentence why there are none.
import { tileOf } from "pantau/wall_tiles";

/**
 * @typedef {{ camera: import("pantau/wall_find").Named, sub: string }} Row
 * @typedef {"search" | "near" | "recent"} Kind
 */
const AT_ONCE = 60;

export class Found {
  /** @type {Row[]} */
  rest = [];

  /** @param {import("pantau/wall_fresh").Wall} wall */
  constructor(wall) {
    this.wall = wall;
    this.place = wall.need("found", HTMLElement);
    this.words = wall.need("words", HTMLTemplateElement).dataset;
    this.address = location.pathname + location.search.replace(/^\?sort=near$/, "");
    this.countBefore = wall.need("count", HTMLElement).textContent ?? "";
    this.wasEmpty = !wall.need("empty", HTMLElement).hidden;
  }

  /** @param {Kind} kind @param {Row[]} rows */
  show(kind, rows) {
    this.open(kind);
    this.empty();
    this.rest = [...rows];
    this.more();
    const count = this.wall.need("count", HTMLElement);
    const number = new Intl.NumberFormat(document.documentElement.lang).format(rows.length);
    count.textContent = (count.dataset.found ?? "").replace("{count}", number);
    this.tell(rows.length > 0 ? "" : kind === "near" ? "unplaced" : "nothing");
    if (kind === "near") history.replaceState(null, "", "/?sort=near");
  }

  /** The next ones of what was found. */
  more() {
    const tiles = this.rest.splice(0, AT_ONCE).map(({ camera, sub }) => tileOf(this.wall, camera, sub));
    this.place.querySelector(".wall")?.append(...tiles);
    this.wall.take(tiles, this.rest.length > 0 ? tiles.at(-1) : null);
  }

  /** A sentence instead of tiles; what was found before stays while one waits. @param {Kind} kind @param {string} word */
  say(kind, word) {
    this.open(kind);
    if (word !== "waiting") this.empty();
    this.tell(word);
  }

  /** Back to the list that the page came with. */
  close() {
    this.rest = [];
    this.lay("");
    this.empty();
    this.wall.need("count", HTMLElement).textContent = this.countBefore;
    history.replaceState(null, "", this.address);
  }

  /** @param {Kind} kind */
  open(kind) {
    this.lay(kind);
    const head = this.place.querySelector("h2");
    if (head) head.textContent = this.words[kind] ?? "";
  }

  /** @param {Kind | ""} kind */
  lay(kind) {
    const need = (/** @type {string} */ name) => this.wall.need(name, HTMLElement);
    this.place.hidden = kind === "";
    need("list").hidden = kind !== "";
    need("empty").hidden = kind !== "" || !this.wasEmpty;
    // Their numbers are of all cameras: beside what was found they would contradict it (lesson F14).
    this.wall.querySelector("[data-part=whole]")?.toggleAttribute("hidden", kind !== "");
    need("forget").hidden = kind !== "recent";
    need("near").setAttribute("aria-pressed", String(kind === "near"));
  }

  empty() {
    for (const tile of this.place.querySelectorAll(".cam")) this.wall.fresh?.drop(tile);
  }

  /** @param {string} word */
  tell(word) {
    const said = this.wall.need("said", HTMLElement);
    said.textContent = this.words[word] ?? "";
    said.hidden = word === "";
    this.place.setAttribute("aria-busy", String(word === "waiting" || word === "locating"));
  }
}
