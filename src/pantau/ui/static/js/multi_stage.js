// Decides which tiles of a multi-view play, and starts them one after another.  A tile that does not play shows its
// still; its player does not exist at all, so nothing of it can go on by itself (lesson F27).
import { bring, isLite } from "pantau/island";
import { mostAtOnce } from "pantau/multi_device";
import { focusOn, freePictures, mayPlay, tilesOf } from "pantau/multi_tiles";
import { refreshStill } from "pantau/wall_stills";

/** @typedef {HTMLElement & { play?: () => void }} Player */

const APART_MS = 300;
const ASLEEP_AFTER_MS = 5_000;
const STILLS_EVERY_MS = 20_000;

export class Stage {
  /** @type {Map<HTMLElement, Player>} */
  playing = new Map();
  /** @type {Set<Element>} */
  inView = new Set();
  /** Tiles that somebody asked to play, newest first. @type {HTMLElement[]} */
  asked = [];
  isAsleep = false;
  /** Somebody wants all of them, whatever this device bears. */
  playsAll = false;
  /** @type {Promise<unknown> | undefined} */
  library;
  due = 0;
  nap = 0;
  slots = 9;

  /**
   * @param {HTMLElement} list
   * @param {string} player  address of the module with the player
   * @param {(most: number, all: number) => void} tell  how many play of how many that could
   * @param {AbortSignal} gone
   */
  constructor(list, player, tell, gone) {
    this.list = list;
    this.player = player;
    this.tell = tell;
    this.gone = gone;
    this.watcher = new IntersectionObserver((entries) => {
      for (const { target, isIntersecting } of entries) isIntersecting ? this.inView.add(target) : this.inView.delete(target);
      this.plan();
    });
    document.addEventListener("visibilitychange", () => this.look(), { signal: gone });
    const timer = setInterval(() => this.renew(), STILLS_EVERY_MS);
    gone.addEventListener("abort", () => {
      for (const each of [timer, this.due, this.nap]) clearTimeout(each);
      this.watcher.disconnect();
    });
  }

  /** The tiles may have become others. @param {number} slots  shown at full size */
  arrange(slots) {
    this.slots = slots;
    const here = new Set(tilesOf(this.list));
    for (const tile of this.playing.keys()) if (!here.has(tile)) this.stop(tile);
    for (const tile of this.inView) if (!this.list.contains(tile)) this.inView.delete(tile), this.watcher.unobserve(tile);
    this.asked = this.asked.filter((tile) => here.has(tile));
    for (const tile of here) this.watcher.observe(tile);
    this.plan();
  }

  /** Somebody wants to see this one. @param {HTMLElement} tile */
  ask(tile) {
    this.asked = [tile, ...this.asked.filter((each) => each !== tile)];
    this.plan();
  }

  most() {
    return this.playsAll ? 9 : mostAtOnce();
  }

  /** The tiles that should play now, most wanted first.  Where data is dear, only those that somebody tapped. */
  wanted() {
    const all = tilesOf(this.list);
    const full = isLite() && !this.playsAll ? [] : all.slice(0, this.slots);
    this.tell(this.most(), all.slice(0, this.slots).filter(mayPlay).length);
    const able = [...new Set([...this.asked, ...full])].filter((tile) => this.inView.has(tile) && mayPlay(tile));
    return this.isAsleep ? [] : able.slice(0, this.most());
  }

  /** Stop what should not play, then start the next one: decoders and networks bear one beginning at a time. */
  plan() {
    clearTimeout(this.due);
    if (this.gone.aborted) return;
    const wanted = this.wanted();
    for (const tile of this.playing.keys()) if (!wanted.includes(tile)) this.stop(tile);
    const next = wanted.find((tile) => !this.playing.has(tile));
    if (next === undefined) return;
    this.library ??= bring(this.player);
    this.library.then(() => this.start(next), () => (this.library = undefined)).finally(() => {
      if (!this.gone.aborted) clearTimeout(this.due), (this.due = window.setTimeout(() => this.plan(), APART_MS));
    });
  }

  /** @param {HTMLElement} tile */
  start(tile) {
    const pattern = tile.querySelector("template[data-part=live]");
    if (this.gone.aborted || this.playing.has(tile) || !this.wanted().includes(tile)) return;
    if (!(pattern instanceof HTMLTemplateElement)) return;
    const player = /** @type {Player | null} */ (document.importNode(pattern.content, true).querySelector("pantau-player"));
    if (player === null) return;
    player.dataset.quiet = "";
    this.playing.set(tile, player);
    const rest = tile.querySelector(".tile__rest");
    const isAtIt = rest?.contains(document.activeElement);
    rest?.after(player);
    rest?.toggleAttribute("hidden", true);
    if (isAtIt) focusOn(player, "[data-part=toggle]");
    // In lite mode players wait for a tap, and there was one.
    if (player.dataset.state === "idle") player.play?.();
  }

  /** @param {HTMLElement} tile */
  stop(tile) {
    const player = this.playing.get(tile);
    this.playing.delete(tile);
    if (player === undefined) return;
    const isAtIt = player.contains(document.activeElement);
    player.remove();
    freePictures(player);
    tile.querySelector(".tile__rest")?.toggleAttribute("hidden", false);
    if (isAtIt) focusOn(tile, "[data-do=watch]");
  }

  /** Begin anew where a player has given up and nobody is there to tap. */
  revive() {
    for (const [tile, player] of this.playing) if (player.dataset.state === "failed") this.stop(tile);
    this.plan();
  }

  /** Nobody looks: everything ends after a moment, and begins again when they come back. */
  look() {
    clearTimeout(this.nap);
    if (document.hidden) this.nap = window.setTimeout(() => ((this.isAsleep = true), this.plan()), ASLEEP_AFTER_MS);
    else (this.isAsleep = false), this.plan(), this.renew();
  }

  /** Newer stills where nothing plays, while somebody looks. */
  renew() {
    if (document.hidden) return;
    for (const tile of tilesOf(this.list)) {
      const rest = tile.querySelector(".tile__rest:not([hidden])");
      const still = rest?.querySelector(".still");
      const address = rest?.getAttribute("data-still");
      if (still instanceof HTMLElement && address && this.inView.has(tile)) refreshStill(still, address, this.gone);
    }
  }
}
