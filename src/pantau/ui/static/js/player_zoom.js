// How near the picture is brought, and which part of it is seen.  Knows no gesture; the factor is 1 to 4.

/** @typedef {{ x: number, y: number }} Point  pixels from the middle of the picture's place */

const MOST = 4;
export const STEP = 0.5;

export class Zoom {
  factor = 1;
  x = 0;
  y = 0;

  /** @param {HTMLElement} place  the box around the picture @param {() => void} changed */
  constructor(place, changed) {
    this.place = place;
    this.changed = changed;
  }

  get isIn() {
    return this.factor > 1;
  }

  get isMost() {
    return this.factor >= MOST;
  }

  /** Set the factor; what is seen at `at` stays there. @param {number} factor @param {Point} [at] */
  to(factor, at = { x: 0, y: 0 }) {
    const next = Math.min(MOST, Math.max(1, factor));
    // Fingers that are back where they began leave a thousandth behind.
    const clean = next < 1.02 ? 1 : next;
    const ratio = clean / this.factor;
    this.factor = clean;
    this.x = at.x - (at.x - this.x) * ratio;
    this.y = at.y - (at.y - this.y) * ratio;
    this.draw();
  }

  /** Move what is seen; returns how much of the way down was not there. @param {number} dx @param {number} dy */
  pan(dx, dy) {
    const wanted_y = this.y + dy;
    this.x += dx;
    this.y = wanted_y;
    this.draw();
    return wanted_y - this.y;
  }

  /** No edge comes into the picture's place. */
  draw() {
    const spare = (this.factor - 1) / 2;
    const clamp = (/** @type {number} */ value, /** @type {number} */ side) => Math.max(-spare * side, Math.min(spare * side, value));
    this.x = clamp(this.x, this.place.clientWidth);
    this.y = clamp(this.y, this.place.clientHeight);
    const transform = this.isIn ? `translate(${this.x}px, ${this.y}px) scale(${this.factor})` : "";
    for (const picture of this.place.children) {
      if (picture instanceof HTMLVideoElement || picture instanceof HTMLImageElement) picture.style.transform = transform;
    }
    this.changed();
  }

  /** Where something happened, seen from the middle. @param {{ clientX: number, clientY: number }} event @returns {Point} */
  at({ clientX, clientY }) {
    const box = this.place.getBoundingClientRect();
    return { x: clientX - box.left - box.width / 2, y: clientY - box.top - box.height / 2 };
  }
}
