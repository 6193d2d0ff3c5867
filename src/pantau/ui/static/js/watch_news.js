// What changes while somebody watches: how many do, whether the camera is there, what the page says of it.  The player
// judges pictures by itself; this tells it what only the operator knows.
import { Polling } from "pantau/polling";

/** @typedef {InstanceType<typeof import("pantau/pantau_player").PantauPlayer>} Player */
/** @typedef {{ state: string, viewers: string, mark: string, stream: string, at_ms: number }} News */

const OUT = new Set(["service", "offline", "failed"]);
const BROKEN = new Set(["maintenance", "offline"]);
const DELAY_EVERY_MS = 5000;

export class WatchNews {
  /** What the server's clock is ahead of this device's. */
  ahead_ms = NaN;
  told_ms = -Infinity;
  isLost = false;

  /** @param {import("pantau/island").Island} actions */
  constructor(actions) {
    const { now = "", mark = "", stream = "", state = "" } = actions.dataset;
    this.actions = actions;
    this.gone = actions.gone;
    this.mark = mark;
    this.stream = stream;
    this.state = state;
    const polling = new Polling(now, (news) => this.hear(news), actions.gone, (status) => status === 404 && this.lose());
    polling.ask();
    document.addEventListener("player-picture", (event) => this.look(event), { signal: actions.gone });
  }

  /** @returns {Player | null} */
  get player() {
    return document.querySelector("pantau-player");
  }

  /** @param {News} news */
  async hear(news) {
    this.ahead_ms = news.at_ms - Date.now();
    const viewers = this.actions.need("viewers", HTMLElement);
    viewers.hidden = news.viewers === "";
    this.actions.need("viewers-text", HTMLElement).textContent = news.viewers;
    // Another source, or another way to show it: the page is another one.
    if (this.isLost || news.stream !== this.stream) return location.reload();
    if (news.mark !== this.mark) await this.renew(news.mark);
    const isNew = news.state !== this.state;
    this.state = news.state;
    if (isNew) this.tellPlayer(news.state);
  }

  /** Only of changes: what a player has tried in vain it may give up. @param {string} state */
  tellPlayer(state) {
    const core = this.player?.core;
    if (core === undefined) return;
    if (state === "maintenance") core.fault("maintenance");
    else if (state === "offline" && core.state === "service") core.fault("camera");
    else if (!BROKEN.has(state) && OUT.has(core.state)) core.play();
  }

  /** Taken from the public. */
  lose() {
    const { player } = this;
    if (!player) return location.reload();
    if (this.isLost) return;
    this.isLost = true;
    player.core?.fault("gone");
  }

  /** Take what the page says by now; what somebody is using stays until the next time. @param {string} mark */
  async renew(mark) {
    const answer = await fetch(location.pathname, { signal: this.gone, headers: { accept: "text/html" } }).catch(() => null);
    if (!answer?.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const link of page.head.querySelectorAll("link[rel=stylesheet], script[type=module][src]")) this.fetchToo(link);
    const all = [...document.querySelectorAll("[data-fresh]")];
    if (all.some((part) => part.contains(document.activeElement))) return;
    for (const part of all) {
      const fresh = page.querySelector(`[data-fresh="${part.getAttribute("data-fresh")}"]`);
      if (fresh && fresh.innerHTML !== part.innerHTML) part.replaceChildren(...fresh.childNodes);
    }
    for (const box of page.querySelectorAll("template[data-box]")) {
      document.querySelector(`template[data-box="${box.getAttribute("data-box")}"]`)?.replaceWith(box);
    }
    this.mark = mark;
    this.told_ms = -Infinity;
  }

  /** An announcement may bring its own sheet and its own script. @param {Element} link */
  fetchToo(link) {
    const own = link.getAttribute("href") ?? link.getAttribute("src") ?? "";
    if (document.head.querySelector(`[href="${own}"], [src="${own}"]`)) return;
    const mine = document.createElement(link.localName);
    for (const { name, value } of link.attributes) mine.setAttribute(name, value);
    document.head.append(mine);
  }

  /** How large the picture really is, and how old by the server's clock. @param {Event} event */
  look(event) {
    if (!(event instanceof CustomEvent) || performance.now() - this.told_ms < DELAY_EVERY_MS) return;
    const { size, taken_at } = event.detail;
    const { sayDelay = "" } = this.actions.dataset;
    const delay_s = taken_at === null ? NaN : Math.round((Date.now() + this.ahead_ms - taken_at.getTime()) / 1000);
    this.fill("size", size ? `${size[0]}×${size[1]}` : "");
    this.fill("delay", Number.isNaN(delay_s) ? "" : sayDelay.replace("{s}", String(Math.max(0, delay_s))));
    if (!Number.isNaN(this.ahead_ms)) this.told_ms = performance.now();
  }

  /** @param {string} name @param {string} text */
  fill(name, text) {
    const place = document.querySelector(`[data-fill=${name}]`);
    if (place === null) return;
    place.textContent = text;
    const row = place.closest("[data-row]");
    if (row instanceof HTMLElement) row.hidden = text === "";
  }
}
