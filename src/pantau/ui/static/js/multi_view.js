// <multi-view>: several cameras at once.  Without it the page shows stills that are renewed, and every link works.
import { Island } from "pantau/island";
import { Changes } from "pantau/multi_changes";
import { addressOf, rememberSet, remembersSet, SLOTS } from "pantau/multi_set";
import { Stage } from "pantau/multi_stage";
import { idsOf, tilesOf } from "pantau/multi_tiles";

const SAID_S = 5;
const SAID_LONG_S = 60;
/** Where a key moves a tile, seen from where it is. @type {Record<string, number>} */
const STEPS = { ArrowUp: -1, ArrowDown: 1, ArrowLeft: -1, ArrowRight: 1, Home: -99, End: 99 };

export class MultiView extends Island {
  /** @type {Set<string>} */
  loaded = new Set();

  start() {
    const signal = this.gone;
    this.list = this.need("tiles", HTMLOListElement);
    this.stage = new Stage(this.list, this.dataset.player ?? "", (most, all) => this.tellFewer(most, all), signal);
    this.changes = new Changes(this, this.list, this.stage);
    this.addEventListener("click", (event) => this.tap(event), { signal });
    this.addEventListener("keydown", (event) => this.key(event), { signal });
    this.addEventListener("pointerdown", (event) => this.grip(event), { signal });
    this.addEventListener("volumechange", (event) => this.hear(event), { signal, capture: true });
    this.addEventListener("focusin", (event) => this.find(event), { signal });
    this.stage.arrange(SLOTS[this.list.dataset.tata ?? ""] ?? 9);
    if (this.dataset.kiosk) this.once("kiosk", () => import("pantau/multi_kiosk").then(({ Kiosk }) => this.gone.aborted || new Kiosk(this)));
    else this.keep();
  }

  /** The address names the set from the beginning.  A link of others does not change what this device remembers. */
  keep() {
    const ids = idsOf(this);
    if (ids.length === 0) return;
    const isOwn = this.hasAttribute("data-own");
    if (isOwn) history.replaceState(history.state, "", addressOf(ids, this.dataset.layout ?? "") + location.hash);
    if (isOwn || !remembersSet()) rememberSet(ids, this.dataset.layout ?? "");
  }

  /** @param {MouseEvent} event */
  tap(event) {
    const target = event.target instanceof Element ? event.target : null;
    const hit = target?.closest("[data-do], a[data-tata]");
    // Whoever holds a key down wants the link in another tab.
    if (!(hit instanceof HTMLElement) || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const tile = hit.closest(".tile");
    const isDone = tile instanceof HTMLElement ? this.deal(hit, tile) : this.manage(hit);
    if (isDone) event.preventDefault();
  }

  /** What can be done with one tile. @param {HTMLElement} hit @param {HTMLElement} tile */
  deal(hit, tile) {
    const at = tilesOf(this).indexOf(tile);
    const { do: what } = hit.dataset;
    if (what === "watch") this.stage?.ask(tile);
    else if (what === "earlier") this.changes?.move(tile, at - 1);
    else if (what === "later") this.changes?.move(tile, at + 1);
    else if (what === "first") this.changes?.move(tile, 0);
    else if (what === "remove") return this.changes?.remove(tile);
    else if (what === "replace") this.changes?.replace(tile);
    else return false;
    return true;
  }

  /** What can be done with the set. @param {HTMLElement} hit */
  manage(hit) {
    const { do: what, tata } = hit.dataset;
    if (what === "copy") this.copy();
    else if (what === "fill") this.requestFullscreen?.().catch(() => undefined);
    else if (what === "all" && this.stage) (this.stage.playsAll = true), this.stage.plan();
    else if (what === "join") return this.changes?.join(hit);
    else if (tata) this.changes?.lay(tata);
    else return false;
    return true;
  }

  /** The arrows move the tile whose handle has the focus. @param {KeyboardEvent} event */
  key(event) {
    const step = STEPS[event.key];
    const tile = this.gripped(event);
    if (step === undefined || tile === null) return;
    event.preventDefault();
    const isMirrored = event.key.length > 8 && getComputedStyle(this).direction === "rtl";
    this.changes?.move(tile, tilesOf(this).indexOf(tile) + (isMirrored ? -step : step));
  }

  /** @param {PointerEvent} event */
  async grip(event) {
    const tile = this.gripped(event);
    if (tile === null || event.button !== 0 || this.dataset.kiosk) return;
    const { Drag } = await import("pantau/multi_drag");
    if (this.list && this.changes) new Drag(this.list, tile, event, this.changes);
  }

  /** The tile whose handle an event hit. @param {Event} event @returns {HTMLElement | null} */
  gripped(event) {
    const handle = event.target instanceof Element ? event.target.closest("[data-do=grip]") : null;
    return handle?.closest("li") ?? null;
  }

  /** The first sound brings who minds it. @param {Event} event */
  hear({ target }) {
    if (!(target instanceof HTMLVideoElement) || target.muted) return;
    this.once("sound", () => import("pantau/multi_sound").then(({ followFocus }) => this.list && followFocus(this.list, target, this.gone)));
  }

  /** @param {Event} event */
  find({ target }) {
    if (target instanceof HTMLInputElement && target.type === "search") {
      this.once("finder", () => import("pantau/multi_finder").then(({ findWhileTyping }) => findWhileTyping(this, this.gone)));
    }
  }

  /** Load what has not been needed so far. @param {string} what @param {() => Promise<unknown>} load */
  once(what, load) {
    if (this.loaded.has(what)) return;
    this.loaded.add(what);
    load().catch(() => this.loaded.delete(what));
  }

  /** @param {number} most @param {number} all */
  tellFewer(most, all) {
    this.need("fewer", HTMLElement).hidden = all <= most;
    const said = this.need("fewer-text", HTMLElement);
    const text = this.words("fewer", { most, all });
    if (said.textContent !== text) said.textContent = text;
  }

  /** Tell what was done, to eyes and to screen readers. @param {string} what @param {Record<string, unknown>} facts */
  say(what, facts = {}, shown_s = SAID_S) {
    const said = this.need("say", HTMLElement);
    const text = (said.textContent = this.words(what, facts));
    this.later(shown_s, () => said.textContent === text && (said.textContent = ""));
  }

  /** @param {string} what @param {Record<string, unknown>} facts */
  words(what, facts) {
    const text = this.dataset[`say${what.charAt(0).toUpperCase()}${what.slice(1)}`] ?? "";
    return text.replace(/\{(\w+)\}/g, (whole, name) => String(facts[name] ?? whole));
  }

  async copy() {
    const link = new URL(addressOf(idsOf(this), this.dataset.layout ?? ""), location.href).href;
    const isCopied = await navigator.clipboard?.writeText(link).then(() => true, () => false);
    this.say(isCopied ? "copied" : "byHand", { link }, isCopied ? SAID_S : SAID_LONG_S);
  }
}

customElements.define("multi-view", MultiView);
