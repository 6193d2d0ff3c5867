// What a visitor changes in a multi-view: done here at once, then drawn by the server, whose links match the new set.
import { addressOf, drawn, fitting, rememberSet, SLOTS } from "pantau/multi_set";
import { adopt, dropTile, idsOf, moveTile, part, tilesOf } from "pantau/multi_tiles";

/** @typedef {import("pantau/island").Island & { say: (what: string, facts?: Record<string, unknown>) => void }} View */

const SETTLE_S = 0.5;
const ALWAYS_FITS = 9;

export class Changes {
  settling = new AbortController();

  /** @param {View} view @param {HTMLElement} list @param {import("pantau/multi_stage").Stage} stage */
  constructor(view, list, stage) {
    this.view = view;
    this.list = list;
    this.stage = stage;
  }

  get ids() {
    return idsOf(this.list);
  }

  /** The layout that somebody chose; empty: the one that fits. */
  get layout() {
    return this.view.dataset.layout ?? "";
  }

  /** @param {HTMLElement} tile @param {number} to */
  move(tile, to) {
    const last = tilesOf(this.list).length - 1;
    moveTile(this.list, tile, Math.max(0, Math.min(to, last)));
    this.moved(tile);
  }

  /** @param {HTMLElement} tile */
  moved(tile) {
    const tiles = tilesOf(this.list);
    this.view.say("moved", { name: tile.dataset.name, at: tiles.indexOf(tile) + 1, all: tiles.length });
    this.changed();
  }

  /** Whether it was done here: without the last camera the server has another page. @param {HTMLElement} tile */
  remove(tile) {
    if (tilesOf(this.list).length < 2) return rememberSet([], ""), false;
    const near = tile.nextElementSibling ?? tile.previousElementSibling;
    this.stage.stop(tile);
    dropTile(tile);
    this.view.say("removed", { name: tile.dataset.name });
    this.changed();
    const handle = near?.querySelector("summary, a");
    if (handle instanceof HTMLElement) handle.focus({ preventScroll: true });
    return true;
  }

  /** Offer what may take the place of a tile. @param {HTMLElement} tile */
  async replace(tile) {
    const address = addressOf(this.ids, this.layout, { ganti: tile.dataset.camera ?? "" });
    if (!(await this.draw(address))) return;
    const field = this.view.querySelector("input[type=search]");
    field?.scrollIntoView({ block: "center" });
    if (field instanceof HTMLElement) field.focus({ preventScroll: true });
  }

  /** Whether it is done here. @param {HTMLElement} offer */
  join(offer) {
    const ids = this.ids;
    const { replace: replaced } = part(this.view, "finder")?.dataset ?? {};
    const at = replaced ? ids.indexOf(replaced) : ids.length;
    if (ids.length === 0 || at < 0) return false;
    ids.splice(at, replaced ? 1 : 0, offer.dataset.camera ?? "");
    if ((SLOTS[this.layout] ?? ALWAYS_FITS) < ids.length) this.view.dataset.layout = "";
    this.joined(ids, offer);
    return true;
  }

  /** @param {string[]} ids @param {HTMLElement} offer */
  async joined(ids, offer) {
    const field = this.view.querySelector("input[type=search]");
    const text = field instanceof HTMLInputElement ? field.value : "";
    const name = offer.querySelector("strong")?.textContent;
    const at = [...this.view.querySelectorAll("[data-do=join]")].indexOf(offer);
    if (!(await this.draw(addressOf(ids, this.layout, text ? { q: text } : {})))) return;
    this.view.say("added", { name });
    // Who adds one goes on to the next.
    const offers = this.view.querySelectorAll("[data-do=join]");
    const next = offers[Math.min(at, offers.length - 1)];
    if (next instanceof HTMLElement && document.activeElement === document.body) next.focus({ preventScroll: true });
  }

  /** @param {string} layout */
  lay(layout) {
    this.view.dataset.layout = layout;
    this.changed();
  }

  /** Order, number or layout have become others here. */
  changed() {
    const layout = this.layout || fitting(this.ids.length);
    this.list.dataset.tata = layout;
    for (const each of part(this.view, "layouts")?.children ?? []) {
      if (each instanceof HTMLElement && each.dataset.tata === layout) each.setAttribute("aria-current", "true");
      else each.removeAttribute("aria-current");
    }
    this.settle();
    this.settling.abort();
    const { signal } = (this.settling = new AbortController());
    this.view.later(SETTLE_S, () => this.match(signal), signal);
  }

  /** The address, the device and the players follow what is shown. */
  settle() {
    history.replaceState(history.state, "", addressOf(this.ids, this.layout));
    rememberSet(this.ids, this.layout);
    this.stage.arrange(SLOTS[this.list.dataset.tata ?? ""] ?? ALWAYS_FITS);
  }

  /** Have the links redrawn, unless somebody went on in the meantime. @param {AbortSignal} signal */
  async match(signal) {
    const next = await drawn(addressOf(this.ids, this.layout), signal).catch(() => null);
    if (next !== null && !signal.aborted && !this.view.gone.aborted) adopt(this.view, next);
  }

  /** Whether it came; where not, the browser goes there itself. @param {string} address */
  async draw(address) {
    this.settling.abort();
    const { signal } = (this.settling = new AbortController());
    const next = await drawn(address, signal).catch(() => null);
    if (signal.aborted || this.view.gone.aborted) return false;
    if (next === null) return location.assign(address), false;
    for (const tile of tilesOf(this.list)) if (!next.querySelector(`.tile[data-camera="${tile.dataset.camera}"]`)) this.stage.stop(tile);
    adopt(this.view, next);
    this.settle();
    return true;
  }
}
