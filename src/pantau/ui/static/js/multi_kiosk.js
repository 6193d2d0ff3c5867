// A screen that nobody touches for weeks: turns page after page, stays awake, and comes back by itself.
import { drawn, SLOTS } from "pantau/multi_set";
import { adopt, dropTile, idsOf, part, tilesOf } from "pantau/multi_tiles";

const AWAKE_S = 3;
const ASK_AT_MOST_EVERY_MS = 60_000;
const PICTURES_WITHIN_MS = 3_000;
const DAY_MS = 86_400_000;

export class Kiosk {
  asked_ms = performance.now();
  /** @type {Date | null} */
  lost_at = null;
  awake = new AbortController();

  /** @param {import("pantau/multi_view").MultiView} view */
  constructor(view) {
    this.view = view;
    const signal = view.gone;
    const stir = () => this.stir();
    for (const kind of ["pointermove", "pointerdown", "focusin"]) addEventListener(kind, stir, { signal });
    addEventListener("click", (event) => this.fill(event), { signal });
    addEventListener("keydown", (event) => this.key(event), { signal });
    addEventListener("online", () => view.stage?.revive(), { signal });
    document.addEventListener("visibilitychange", () => this.stayAwake(), { signal });
    this.stayAwake();
    this.wait();
  }

  wait() {
    this.view.later(Number(this.view.dataset.kiosk), () => this.turn().finally(() => this.wait()));
  }

  /** The next page, if there is one and the server can be reached; else this one goes on. */
  async turn() {
    const { view } = this;
    const isAlone = view.dataset.pages === "1";
    view.stage?.revive();
    if (document.hidden || (isAlone && performance.now() - this.asked_ms < ASK_AT_MOST_EVERY_MS)) return;
    this.asked_ms = performance.now();
    const next = await drawn(view.dataset.next ?? location.href, view.gone).catch(() => null);
    if (view.gone.aborted) return;
    this.tellLost(next === null);
    if (next === null) return;
    if (this.isTimeToReload(next)) return location.reload();
    if (idsOf(next).join() !== idsOf(view).join()) await this.show(next);
    view.dataset.next = next.dataset.next;
    view.dataset.pages = next.dataset.pages;
  }

  /** Only now, when the server has just answered: a page that cannot be loaded would stay blank for ever. @param {HTMLElement} next */
  isTimeToReload(next) {
    if (next.dataset.build !== this.view.dataset.build) return true;
    // A reload ends a full screen that a finger began, and memory does not grow: then the day may wait.
    return performance.now() > DAY_MS && document.fullscreenElement === null;
  }

  /** What played before is gone before anything begins; stills are there before they are shown. @param {HTMLElement} next */
  async show(next) {
    const { view } = this;
    const fresh = /** @type {HTMLElement} */ (document.adoptNode(next));
    const decoded = [...fresh.querySelectorAll("img")].map((image) => image.decode().catch(() => undefined));
    await Promise.race([Promise.all(decoded), new Promise((go) => setTimeout(go, PICTURES_WITHIN_MS))]);
    if (view.gone.aborted) return;
    for (const tile of tilesOf(view)) view.stage?.stop(tile), dropTile(tile);
    const list = part(view, "tiles");
    if (list !== null) list.hidden = idsOf(fresh).length === 0;
    view.querySelector(".empty")?.remove();
    const empty = fresh.querySelector(".empty");
    if (empty !== null) view.append(empty);
    adopt(view, fresh);
    view.stage?.arrange(SLOTS[list?.dataset.tata ?? ""] ?? 9);
  }

  /** @param {boolean} isLost */
  tellLost(isLost) {
    this.lost_at = isLost ? (this.lost_at ?? new Date()) : null;
    const words = this.view.need("lost", HTMLElement);
    words.hidden = !isLost;
    const at = this.lost_at?.toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
    words.textContent = isLost ? this.view.words("lost", { at }) : "";
  }

  /** Browsers let go of the screen whenever the page is hidden. */
  stayAwake() {
    if (!document.hidden) navigator.wakeLock?.request("screen").catch(() => undefined);
  }

  /** Somebody is there: the pointer and the way out are shown for a moment. */
  stir() {
    document.documentElement.dataset.awake = "";
    this.awake.abort();
    this.awake = new AbortController();
    this.view.later(AWAKE_S, () => delete document.documentElement.dataset.awake, this.awake.signal);
  }

  /** The first touch fills the screen: browsers ask for one. @param {Event} event */
  fill({ target }) {
    if (document.fullscreenElement || (target instanceof Element && target.closest("a, button"))) return;
    document.documentElement.requestFullscreen?.().catch(() => undefined);
  }

  /** The first Escape is the browser's own, where the screen is full. @param {KeyboardEvent} event */
  key({ key }) {
    if (key === "Escape" && !document.fullscreenElement) location.assign(this.view.dataset.leave ?? "/multi");
  }
}
