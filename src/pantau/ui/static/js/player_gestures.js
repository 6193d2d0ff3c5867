// Fingers, mouse and wheel on the picture: pinch, drag, double tap, swipe.  Whatever means the page goes to the page.
import { Swipe } from "pantau/player_turn";

/** @typedef {import("pantau/player_zoom").Zoom} Zoom */

const TAP_MS = 300;
const TAP_PX = 24;
const NEAR = 2.5;
const WHEEL = 0.002;

export class Gestures {
  /** @type {Map<number, { clientX: number, clientY: number }>} */
  fingers = new Map();
  tapped = { at_ms: -Infinity, clientX: 0, clientY: 0 };
  moved_px = 0;

  /** @param {Zoom} zoom @param {() => void} fill  the screen @param {AbortSignal} signal */
  constructor(zoom, fill, signal) {
    this.zoom = zoom;
    this.swipe = new Swipe(zoom.place);
    const { place } = zoom;
    const on = (/** @type {string} */ kind, /** @type {(event: any) => void} */ hear, passive = true) =>
      place.addEventListener(kind, hear, { signal, passive });
    on("pointerdown", (event) => this.down(event));
    on("pointermove", (event) => this.move(event));
    on("pointerup", (event) => this.up(event));
    on("pointercancel", (event) => this.cancel(event));
    on("wheel", (event) => this.wheel(event), false);
    on("dragstart", (event) => event.preventDefault(), false);
    on("dblclick", (event) => !isControl(event) && this.fingersWere !== "touch" && fill());
    // A scroll that the browser has begun takes the fingers away from us: say at once that there will be none.
    on("touchstart", (event) => {
      if (!isControl(event) && event.cancelable && (event.touches.length > 1 || zoom.isIn)) event.preventDefault();
    }, false);
  }

  /** @param {PointerEvent} event */
  down(event) {
    if (isControl(event) || (event.pointerType === "mouse" && event.button !== 0)) return;
    this.fingersWere = event.pointerType;
    if (this.fingers.size === 0) this.moved_px = 0;
    this.fingers.set(event.pointerId, event);
    this.swipe.end();
    if (this.fingers.size > 1 || this.zoom.isIn) this.zoom.place.setPointerCapture(event.pointerId);
  }

  /** @param {PointerEvent} event */
  move(event) {
    const before = this.fingers.get(event.pointerId);
    if (before === undefined) return;
    const [dx, dy] = [event.clientX - before.clientX, event.clientY - before.clientY];
    this.moved_px += Math.hypot(dx, dy);
    const other = [...this.fingers].find(([id]) => id !== event.pointerId)?.[1];
    this.fingers.set(event.pointerId, event);
    if (other) this.pinch(before, event, other, dx, dy);
    // At the edge the page goes on, as if the picture were not zoomed.
    else if (this.zoom.isIn) scrollBy(0, -this.zoom.pan(dx, dy));
    else if (event.pointerType === "touch") this.swipe.drag(dx, dy);
  }

  /** @typedef {{ clientX: number, clientY: number }} Finger */

  /** @param {Finger} before @param {Finger} now @param {Finger} other @param {number} dx @param {number} dy */
  pinch(before, now, other, dx, dy) {
    const apart = (/** @type {Finger} */ one) => Math.hypot(one.clientX - other.clientX, one.clientY - other.clientY);
    const middle = { clientX: (now.clientX + other.clientX) / 2, clientY: (now.clientY + other.clientY) / 2 };
    this.zoom.to((this.zoom.factor * apart(now)) / Math.max(1, apart(before)), this.zoom.at(middle));
    this.zoom.pan(dx / 2, dy / 2);
  }

  /** @param {PointerEvent} event */
  up(event) {
    if (!this.fingers.delete(event.pointerId)) return;
    this.swipe.end(true);
    if (event.pointerType === "touch" && this.moved_px < TAP_PX / 2) this.tap(event);
  }

  /** @param {PointerEvent} event */
  cancel(event) {
    this.fingers.delete(event.pointerId);
    this.swipe.end();
  }

  /** @param {PointerEvent} event */
  tap(event) {
    const { at_ms, clientX, clientY } = this.tapped;
    const isSecond = event.timeStamp - at_ms < TAP_MS && Math.hypot(event.clientX - clientX, event.clientY - clientY) < TAP_PX;
    this.tapped = { at_ms: isSecond ? -Infinity : event.timeStamp, clientX: event.clientX, clientY: event.clientY };
    if (isSecond) this.zoom.to(this.zoom.isIn ? 1 : NEAR, this.zoom.at(event));
  }

  /** Without Ctrl the wheel belongs to the page, until the picture is near. @param {WheelEvent} event */
  wheel(event) {
    const { zoom } = this;
    if (!event.ctrlKey && !zoom.isIn) return;
    event.preventDefault();
    const lines = event.deltaMode === WheelEvent.DOM_DELTA_PIXEL ? 1 : 32;
    // A pinch on a touchpad arrives as a wheel with Ctrl and small steps.
    const speed = event.ctrlKey && Math.abs(event.deltaY) < 50 ? 5 * WHEEL : WHEEL;
    zoom.to(zoom.factor * Math.exp(-event.deltaY * lines * speed), zoom.at(event));
  }
}

/** Whether something that has its own use for a press was meant. @param {Event} event */
function isControl({ target }) {
  return target instanceof Element && target.closest("a, button") !== null;
}
