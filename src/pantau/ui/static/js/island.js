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

/** Where data is dear or slow, do less (lesson F08: device memory is not reported by the phones that matter). */
export function isLite() {
  const link = /** @type {{ connection?: { saveData?: boolean, effectiveType?: string } }} */ (navigator).connection;
  return Boolean(link?.saveData || /2g|3g/.test(link?.effectiveType ?? ""));
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
