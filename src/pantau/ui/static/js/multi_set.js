// The set of a multi-view: which cameras, in which order and layout; in the address, and on this device.

const COOKIE = "pantau_multi";
const YEAR_S = 31_536_000;
export const MOST = 9;

/** How many cameras each layout shows at its full size. @type {Record<string, number>} */
export const SLOTS = { satu: 1, dua: 2, besar: 3, empat: 4, enam: 6, sembilan: 9 };

/** The smallest layout for `count` cameras. @param {number} count */
export function fitting(count) {
  return Object.keys(SLOTS).find((name) => (SLOTS[name] ?? 0) >= count) ?? "sembilan";
}

/**
 * @param {string[]} ids
 * @param {string} layout  empty: the one that fits
 * @param {Record<string, string>} [more]
 */
export function addressOf(ids, layout, more = {}) {
  const fields = new URLSearchParams({ ...(layout ? { tata: layout } : {}), ...more });
  // Dots need no escaping, and people read these addresses.
  return `/multi?kamera=${ids.join(".")}${fields.size > 0 ? `&${fields}` : ""}`;
}

/** Whether this device remembers a set. */
export function remembersSet() {
  return document.cookie.split("; ").some((each) => each.startsWith(`${COOKIE}=`));
}

/** In a cookie, so that the server can draw the set at once. @param {string[]} ids @param {string} layout */
export function rememberSet(ids, layout) {
  const value = layout ? `${ids.join(".")}-${layout}` : ids.join(".");
  document.cookie = `${COOKIE}=${value}; Path=/; Max-Age=${YEAR_S}; SameSite=Lax`;
}

/**
 * The multi-view as the server draws it for another address.  Rejects where nothing usable comes back.
 * @param {string} address
 * @param {AbortSignal} signal
 */
export async function drawn(address, signal) {
  const limits = AbortSignal.any ? AbortSignal.any([signal, AbortSignal.timeout(20_000)]) : signal;
  const answer = await fetch(address, { signal: limits, headers: { Accept: "text/html" } });
  if (!answer.ok) throw new TypeError(`multi-view: ${answer.status}`);
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const view = page.querySelector("multi-view");
  if (!(view instanceof HTMLElement)) throw new TypeError("multi-view: another page");
  return view;
}
