// Cameras that lie close together on the screen share a mark, and the same cameras always share the same one: what is
// drawn depends on the zoom alone, never on where the map was dragged from or in which order cameras came.

/**
 * @typedef {{ id: number, x: number, y: number, isBroken: boolean }} Spot  in pixels of the whole world at one zoom
 * @typedef {{ key: string, x: number, y: number, spots: Spot[], broken: number }} Cluster
 */

const WORLD_PX = 256;
const CELL_PX = 80;
/** Two targets of a thumb's width. */
const TOUCH_PX = 50;
const RING_PX = 46;
/** Streets: from here on cameras at one place stand around it instead of sharing a mark. */
export const FAN_ZOOM = 17;
/** Two rings; more would cover the streets around. */
export const MOST_FANNED = 18;

/** Where a place lies in pixels of the whole world. @param {number} lat @param {number} lng @param {number} zoom */
export function project(lat, lng, zoom) {
  const size = WORLD_PX * 2 ** zoom;
  const sine = Math.sin((lat * Math.PI) / 180);
  return { x: size * (lng / 360 + 0.5), y: size * (0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI)) };
}

/** What stands at zoom `zoom`: single spots, clusters, and fans in the streets. @param {Spot[]} spots @param {number} zoom */
export function marksAt(spots, zoom) {
  const found = clusters(spots);
  return zoom < FAN_ZOOM ? found : found.flatMap((each) => (each.spots.length <= MOST_FANNED ? fanned(each) : [each]));
}

/** @param {Spot[]} spots @returns {Cluster[]} no two of them closer than a thumb's width */
export function clusters(spots) {
  /** @type {Map<string, Spot[]>} */
  const cells = new Map();
  for (const spot of [...spots].sort((a, b) => a.id - b.id)) {
    const cell = cellOf(spot.x, spot.y, CELL_PX);
    cells.get(cell)?.push(spot) ?? cells.set(cell, [spot]);
  }
  const found = [...cells.values()].map(joined);
  // The largest stay where they are, and take in what would touch them across the line of a cell.
  found.sort((a, b) => b.spots.length - a.spots.length || first(a) - first(b));
  /** @type {Map<string, Cluster[]>} */
  const kept = new Map();
  for (const each of found) {
    const near = touching(kept, each);
    if (near) takeIn(near, each);
    else {
      const cell = cellOf(each.x, each.y, TOUCH_PX);
      kept.get(cell)?.push(each) ?? kept.set(cell, [each]);
    }
  }
  return [...kept.values()].flat().map(named);
}

/** The cameras of a cluster around its place, in rings of six, twelve, … @param {Cluster} cluster @returns {Cluster[]} */
export function fanned({ x, y, spots }) {
  if (spots.length === 1) return [named({ x, y, spots, key: "", broken: 0 })];
  return spots.map((spot, at) => {
    const ring = Math.ceil((Math.sqrt(9 + 12 * (at + 1)) - 3) / 6);
    const before = 3 * ring * (ring - 1);
    const onRing = Math.min(6 * ring, spots.length - before);
    const turn = ((at - before) / onRing) * 2 * Math.PI - Math.PI / 2;
    // Two beside each other rather than one above the other.
    const radius = RING_PX * (spots.length === 2 ? 0.55 : ring);
    const angle = spots.length === 2 ? turn + Math.PI / 2 : turn;
    return named({ x: x + radius * Math.cos(angle), y: y + radius * Math.sin(angle), spots: [spot], key: "", broken: 0 });
  });
}

/** @param {Spot[]} spots @returns {Cluster} */
function joined(spots) {
  const sum = spots.reduce((all, spot) => ({ x: all.x + spot.x, y: all.y + spot.y }), { x: 0, y: 0 });
  return { key: "", x: sum.x / spots.length, y: sum.y / spots.length, spots, broken: 0 };
}

/** @param {Cluster} into @param {Cluster} from */
function takeIn(into, from) {
  into.spots = [...into.spots, ...from.spots].sort((a, b) => a.id - b.id);
}

/** The same cameras have the same name, so that what is on the screen already can stay. @param {Cluster} cluster */
function named(cluster) {
  const broken = cluster.spots.filter((spot) => spot.isBroken).length;
  const [head, ...others] = cluster.spots;
  const key = others.length ? `${head?.id}+${others.length}.${others.at(-1)?.id}` : String(head?.id);
  return { ...cluster, broken, key };
}

/** @param {Map<string, Cluster[]>} kept @param {Cluster} cluster */
function touching(kept, { x, y }) {
  for (const right of [0, -1, 1]) {
    for (const down of [0, -1, 1]) {
      const near = kept.get(cellOf(x + right * TOUCH_PX, y + down * TOUCH_PX, TOUCH_PX)) ?? [];
      const found = near.find((each) => Math.hypot(each.x - x, each.y - y) < TOUCH_PX);
      if (found) return found;
    }
  }
  return null;
}

/** @param {number} x @param {number} y @param {number} size */
function cellOf(x, y, size) {
  return `${Math.floor(x / size)}:${Math.floor(y / size)}`;
}

/** @param {Cluster} cluster */
function first(cluster) {
  return cluster.spots[0]?.id ?? 0;
}
