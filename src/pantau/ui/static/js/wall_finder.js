// Lists that the wall makes on the device: what was typed, what is near, what was opened last.
import { forgetOpened, opened } from "pantau/favourites";
import { Index } from "pantau/wall_find";
import { Found } from "pantau/wall_found";
import { byDistance, position } from "pantau/wall_near";

/**
 * @typedef {import("pantau/wall_find").Named} Named
 * @typedef {import("pantau/wall_found").Row} Row
 * @typedef {import("pantau/wall_found").Kind} Kind
 * @typedef {{ areas: string[], cameras: [number, string, string, string, number, [number, number] | null][] }} Names
 */
const SLOW_MS = 300;

export class Finder {
  /** @type {Promise<Index> | null} */
  index = null;
  /** @type {Kind | ""} */
  kind = "";
  turn = 0;

  /** @param {import("pantau/wall_fresh").Wall} wall */
  constructor(wall) {
    this.wall = wall;
    this.shown = new Found(wall);
  }

  /** Every camera by its words, asked for once; a copy that the browser holds is confirmed first. */
  prepare() {
    this.wall.fresh?.hurry();
    this.index ??= readNames(this.wall.dataset.names ?? "", this.wall.gone);
    // The next wish tries again.
    this.index.catch(() => (this.index = null));
    return this.index;
  }

  /** @param {string} text */
  search(text) {
    if (text.trim() === "") return this.leave();
    this.wish("search", async () => (await this.prepare()).find(text).map(rowOf));
  }

  recent() {
    this.wish("recent", async () => {
      const byId = new Map((await this.prepare()).entries.map(({ camera }) => [String(camera.id), camera]));
      return opened().flatMap((id) => byId.get(id) ?? []).map(rowOf);
    });
  }

  /** The nearest cameras first; a second tap leaves them. */
  near() {
    if (this.kind === "near") return this.clear();
    this.wish("near", async () => byDistance((await this.prepare()).entries.map(({ camera }) => camera), await position()));
    this.shown.say("near", "locating");
  }

  /** The address asks for what is near: without a tap nobody is asked where they are. */
  async nearAgain() {
    const answer = await navigator.permissions?.query({ name: "geolocation" }).catch(() => null);
    if (answer?.state === "granted" && this.kind === "") this.near();
  }

  forget() {
    forgetOpened();
    this.wall.showOpened();
    this.clear();
  }

  /** Show what `choose` finds, unless something else was wished for meanwhile. @param {Kind} kind @param {() => Promise<Row[]>} choose */
  async wish(kind, choose) {
    const turn = ++this.turn;
    this.kind = kind;
    const slow = setTimeout(() => turn === this.turn && kind !== "near" && this.shown.say(kind, "waiting"), SLOW_MS);
    try {
      const rows = await choose();
      if (turn === this.turn) this.shown.show(kind, rows);
    } catch (error) {
      const why = error instanceof Object && "code" in error ? (error.code === 1 ? "denied" : "lost") : "failed";
      if (turn === this.turn) this.shown.say(kind, why);
    } finally {
      clearTimeout(slow);
    }
  }

  /** Back to the list that the page came with. */
  leave() {
    this.turn++;
    this.kind = "";
    this.shown.close();
  }

  clear() {
    const [search, near] = [this.wall.need("search", HTMLInputElement), this.wall.need("near", HTMLElement)];
    const next = this.kind === "near" ? near : search;
    search.value = "";
    this.leave();
    next.focus();
  }

  /** Enter: on to what was found. */
  enter() {
    this.keepAddress();
    this.wall.need("found", HTMLElement).querySelector("a")?.focus();
  }

  /** Whoever comes back from a camera comes back to what they had found. */
  keepAddress() {
    const text = this.wall.need("search", HTMLInputElement).value;
    if (this.kind === "search") history.replaceState(null, "", `/?${new URLSearchParams({ q: text })}`);
  }
}

/** @param {Named} camera @returns {Row} */
function rowOf(camera) {
  return { camera, sub: [camera.location, camera.area].filter(Boolean).join(" · ") };
}

/** @param {string} address @param {AbortSignal} signal */
async function readNames(address, signal) {
  const answer = await fetch(address, { signal });
  if (!answer.ok) throw new Error(String(answer.status));
  const { areas, cameras } = /** @type {Names} */ (await answer.json());
  return new Index(cameras.map(([id, slug, name, location, area, point]) => (
    { id, slug, name, location, area: areas[area] ?? "", point })));
}
