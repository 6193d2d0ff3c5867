// Small pictures of recordings: a sheet for each file with a list of which part of it is which second.

/**
 * @typedef {{ from: number, to: number, name: string }} File
 * @typedef {{ at: number, address: string, x: number, y: number, width: number, height: number, wide: number, high: number }} Tile
 */

const HOUR_MS = 3600_000;
const STILL_EVERY_MS = 10_000;
const STILL_PX = 320;
const MOST_KEPT = 48;

export class Sheets {
  /** @type {Map<number, Promise<File[]>>} by hour */
  #files = new Map();
  /** @type {Map<string, Promise<Tile[]>>} by file */
  #tiles = new Map();

  /** @param {string} api  what the addresses of this camera's recordings begin with @param {AbortSignal} signal */
  constructor(api, signal) {
    this.api = api;
    this.signal = signal;
  }

  /** The picture of a moment; null: there is none. @param {number} ms @returns {Promise<Tile | null>} */
  async at(ms) {
    const file = (await this.files(Math.floor(ms / HOUR_MS))).find(({ from, to }) => from <= ms && ms < to);
    if (file === undefined) return null;
    const tiles = await this.tiles(file.name);
    const tile = tiles.filter(({ at }) => file.from + at <= ms).pop() ?? tiles[0];
    // Of a file that is being written there is no sheet yet.
    return tile ?? { at: 0, address: this.still(Math.max(file.from, ms - (ms % STILL_EVERY_MS))), x: 0, y: 0, width: 1, height: 1, wide: 1, high: 1 };
  }

  /** @param {number} ms */
  still(ms) {
    return `${this.api}/still.jpg?at=${Math.round(ms)}&width=${STILL_PX}`;
  }

  /** @param {number} hour */
  files(hour) {
    return kept(this.#files, hour, async () => {
      const answer = await fetch(`${this.api}/segments?from=${hour * HOUR_MS}&to=${(hour + 1) * HOUR_MS}`, { signal: this.signal });
      if (!answer.ok) throw new Error(String(answer.status));
      const { data } = await answer.json();
      /** @type {{ start_ms: number, end_ms: number, filename: string, is_open: boolean }[]} */
      const told = data.segments;
      // What is being written is longer the next time somebody points at it.
      if (told.some((each) => each.is_open)) setTimeout(() => this.#files.delete(hour), STILL_EVERY_MS);
      return told.map((each) => ({ from: each.start_ms, to: each.end_ms, name: each.is_open ? "" : each.filename.replace(/\.mp4$/, "") }));
    });
  }

  /** @param {string} name */
  tiles(name) {
    return kept(this.#tiles, name, async () => {
      const answer = name === "" ? null : await fetch(`${this.api}/previews/${name}.vtt`, { signal: this.signal });
      return answer?.ok ? tilesOf(await answer.text(), `${this.api}/previews/`) : [];
    });
  }
}

/**
 * What is asked for twice is fetched once; what failed is forgotten, and tells nothing.
 * @template K, T
 * @param {Map<K, Promise<T[]>>} map @param {K} key @param {() => Promise<T[]>} make
 */
function kept(map, key, make) {
  const held = map.get(key);
  if (held !== undefined) return held;
  const made = make().catch(() => (map.delete(key), /** @type {T[]} */ ([])));
  if (map.size >= MOST_KEPT) map.clear();
  map.set(key, made);
  return made;
}

/** @param {string} text  WebVTT @param {string} folder @returns {Tile[]} */
export function tilesOf(text, folder) {
  const found = [...text.matchAll(/(\d+):(\d+):([\d.]+) -->[^\n]*\n(\S+)#xywh=(\d+),(\d+),(\d+),(\d+)/g)].map((cue) => {
    const [, hours, minutes, seconds, name, x, y, width, height] = cue;
    const at = (Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)) * 1000;
    return { at, address: folder + name, x: Number(x), y: Number(y), width: Number(width), height: Number(height), wide: 0, high: 0 };
  });
  const wide = Math.max(...found.map(({ x, width }) => x + width));
  const high = Math.max(...found.map(({ y, height }) => y + height));
  return found.map((tile) => ({ ...tile, wide, high }));
}
