// How a timeline is held: pulled by a finger or a mouse, tapped, pointed at, moved by a wheel.

/** @typedef {import("pantau/playback_reel").PlaybackReel} Reel */

const TAP_PX = 6;
const WHEEL_RESTS_S = 0.25;

export class Hand {
  /** @param {Reel} reel @param {HTMLElement} win  what is touched */
  constructor(reel, win) {
    this.reel = reel;
    this.win = win;
    const options = { signal: reel.gone };
    win.addEventListener("pointerdown", (event) => this.grab(event), options);
    win.addEventListener("pointermove", (event) => this.hover(event), options);
    win.addEventListener("pointerleave", () => reel.isHeld || reel.point(null), options);
    win.addEventListener("wheel", (event) => this.wheel(event), { ...options, passive: false });
  }

  /** @param {PointerEvent} event */
  momentAt(event) {
    const box = this.win.getBoundingClientRect();
    return this.reel.middle + (event.clientX - box.left - box.width / 2) * this.reel.perPixel_ms;
  }

  grab(/** @type {PointerEvent} */ event) {
    const { reel, win } = this;
    if (event.button !== 0) return;
    const [began_x, began_ms, perPixel_ms] = [event.clientX, reel.middle, reel.perPixel_ms];
    const over = new AbortController();
    const options = { signal: over.signal };
    let isDrag = false;
    win.setPointerCapture(event.pointerId);
    win.addEventListener("pointermove", (move) => {
      if (move.pointerId !== event.pointerId) return;
      isDrag ||= Math.abs(move.clientX - began_x) > TAP_PX;
      if (isDrag) reel.drag(began_ms - (move.clientX - began_x) * perPixel_ms);
    }, options);
    const end = (/** @type {PointerEvent} */ last) => {
      if (last.pointerId !== event.pointerId) return;
      over.abort();
      if (isDrag) reel.drop();
      else if (last.type === "pointerup") reel.go(this.momentAt(last));
    };
    win.addEventListener("pointerup", end, options);
    win.addEventListener("pointercancel", end, options);
  }

  hover(/** @type {PointerEvent} */ event) {
    if (this.reel.isHeld || event.pointerType === "touch") return;
    this.reel.point(this.momentAt(event), event.clientX - this.win.getBoundingClientRect().left);
  }

  wheel(/** @type {WheelEvent} */ event) {
    const { reel } = this;
    if (event.ctrlKey) return event.preventDefault(), reel.zoomBy(event.deltaY < 0 ? 1 : -1);
    const isAlong = Math.abs(event.deltaX) > Math.abs(event.deltaY);
    const along_px = isAlong ? event.deltaX : event.shiftKey ? event.deltaY : 0;
    if (along_px === 0) return;
    event.preventDefault();
    reel.drag(reel.middle + along_px * reel.perPixel_ms);
    this.resting?.abort();
    this.resting = new AbortController();
    reel.later(WHEEL_RESTS_S, () => reel.drop(), this.resting.signal);
  }
}
