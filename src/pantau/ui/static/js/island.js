// What every island starts from: typed access to its own parts, and one signal that ends everything it began.

export class Island extends HTMLElement {
  #life = new AbortController();

  /** Aborted when the element leaves the page: give it to every listener, fetch and timer. */
  get gone() {
    return this.#life.signal;
  }

  connectedCallback() {
    if (this.#life.signal.aborted) this.#life = new AbortController();
    this.start();
  }

  disconnectedCallback() {
    this.#life.abort();
  }

  start() {}

  /**
   * The descendant marked `data-part="name"`, which must be there and be of `type`.
   * @template {Element} T
   * @param {string} name
   * @param {new () => T} type
   * @returns {T}
   */
  need(name, type) {
    const found = this.querySelector(`[data-part="${name}"]`);
    if (found instanceof type) return found;
    throw new TypeError(`<${this.localName}> needs a ${type.name} marked data-part="${name}"`);
  }

  /**
   * Call `work` after `wait_s` seconds unless the element or the given signal is gone by then.
   * @param {number} wait_s
   * @param {() => void} work
   * @param {AbortSignal} [signal]
   */
  later(wait_s, work, signal = this.gone) {
    if (signal.aborted) return;
    const timer = setTimeout(work, wait_s * 1000);
    signal.addEventListener("abort", () => clearTimeout(timer), { once: true });
  }
}

/** Do less here: decided before the first paint (early.js), by hand or by what the device and its link say. */
export function isLite() {
  return document.documentElement.dataset.lite !== undefined;
}

/**
 * import() that is tried once more: networks falter, and an update may fall between a page and its parts (lesson F18).
 * @param {string} name  as the import map knows it
 * @returns {Promise<any>}
 */
export async function bring(name) {
  try {
    return await import(name);
  } catch {
    await new Promise((go) => setTimeout(go, 1000));
    // Browsers remember that an address failed: another one with the same file is asked.
    return import(import.meta.resolve(name) + "?again");
  }
}

/**
 * Remember a choice for the next visit, where the browser lets us.
 * @param {string} name
 * @param {string} value
 * @param {() => Storage} place
 */
export function remember(name, value, place = () => localStorage) {
  try {
    place().setItem(`pantau.${name}`, value);
  } catch {
    // Refused in some private windows: the choice then lasts as long as the page.
  }
}

/** What was remembered; null: nothing, or the browser does not say. @param {string} name */
export function recall(name, place = () => localStorage) {
  try {
    return place().getItem(`pantau.${name}`);
  } catch {
    return null;
  }
}
