// <playback-span>: a stretch of a recording for operators, with two handles, to be held or exported.
import { Island } from "pantau/island";
import { filled, utcSecond } from "pantau/playback_clock";

/** @typedef {import("pantau/playback_page").PantauPlayback} Page */
/** @typedef {import("pantau/playback_runs").Span} Span */

const FIRST_MS = 60_000;
const ZOOM_MS = 600_000;
const LEAST_MS = 1000;
const KEY_MS = 1000;

class PlaybackSpan extends Island {
  /** @type {Span | null} */
  span = null;

  start() {
    const page = this.closest("pantau-playback");
    if (page === null) return;
    this.page = /** @type {Page} */ (page);
    this.addEventListener("click", (event) => {
      const hit = event.target instanceof Element ? event.target.closest("[data-do]") : null;
      if (hit instanceof HTMLButtonElement) this.press(hit);
    }, { signal: this.gone });
    for (const handle of this.handles()) this.make(handle);
  }

  handles() {
    return [...(this.page?.querySelectorAll("[data-handle]") ?? [])].filter((each) => each instanceof HTMLElement);
  }

  /** @param {HTMLButtonElement} button */
  press(button) {
    const at = this.page?.course.at ?? 0;
    if (button.dataset.do === "choose") this.open(at);
    else if (button.dataset.do === "begin-here") this.set(0, at);
    else if (button.dataset.do === "end-here") this.set(1, at);
    else if (button.dataset.do === "hold") this.hold(button);
    else if (button.dataset.do === "export") this.export(button);
  }

  /** Begin with a stretch whose ends can be told apart, or put it away. @param {number} at */
  open(at) {
    if (this.span !== null) return this.choose(null);
    this.page?.reel?.zoomTo(ZOOM_MS);
    this.choose([at - FIRST_MS, Math.min(at + FIRST_MS, this.page?.now() ?? at)]);
  }

  /** @param {Span | null} span */
  choose(span) {
    this.span = span;
    this.page?.reel?.band?.choose(span);
    this.need("tools", HTMLElement).hidden = span === null;
    this.need("choose", HTMLElement).setAttribute("aria-expanded", String(span !== null));
    const { page } = this;
    if (span === null || !page?.wording) return;
    const all_s = Math.round((span[1] - span[0]) / 1000);
    const length = filled(this.dataset.sayLength ?? "", { minutes: Math.floor(all_s / 60), seconds: all_s % 60 });
    this.need("span-text", HTMLElement).textContent = filled(this.dataset.saySpan ?? "", { from: page.clock(span[0]), to: page.clock(span[1]), length });
    for (const [index, handle] of this.handles().entries()) {
      handle.setAttribute("aria-valuenow", String(Math.round(Number(span[index]) / 1000)));
      handle.setAttribute("aria-valuetext", page.clock(Number(span[index])));
    }
  }

  /** Move one end; the other one stays, and they never meet. @param {number} end  0 or 1 @param {number} ms */
  set(end, ms) {
    if (this.span === null || !this.page) return;
    const now = this.page.now();
    const [from, to] = this.span;
    this.choose(end === 0 ? [Math.min(ms, to - LEAST_MS), to] : [from, Math.max(Math.min(ms, now), from + LEAST_MS)]);
  }

  /** @param {HTMLElement} handle */
  make(handle) {
    const end = handle.dataset.handle === "begin" ? 0 : 1;
    const options = { signal: this.gone };
    handle.addEventListener("pointerdown", (event) => {
      event.stopPropagation();
      handle.setPointerCapture(event.pointerId);
    }, options);
    handle.addEventListener("pointermove", (event) => {
      const hand = this.page?.reel?.hand;
      if (!hand || !handle.hasPointerCapture(event.pointerId)) return;
      event.stopPropagation();
      this.set(end, hand.momentAt(event));
    }, options);
    handle.addEventListener("keydown", (event) => {
      const step = { ArrowLeft: -KEY_MS, ArrowRight: KEY_MS, PageUp: -60 * KEY_MS, PageDown: 60 * KEY_MS }[event.key];
      if (step === undefined || this.span === null) return;
      event.preventDefault();
      event.stopPropagation();
      this.set(end, Number(this.span[end]) + step);
    }, options);
  }

  /** @param {HTMLButtonElement} button */
  hold(button) {
    if (this.span === null) return;
    const reason = this.need("why", HTMLInputElement).value.trim();
    const [from, to] = this.span.map((ms) => utcSecond(ms));
    this.send(button, "/api/recordings/holds", { camera_id: Number(this.dataset.camera), from, to, reason }, "sayHeld");
  }

  /** @param {HTMLButtonElement} button */
  export(button) {
    if (this.span === null) return;
    const [from, to] = this.span.map((ms) => utcSecond(ms));
    this.send(button, `/api/recordings/${this.dataset.camera}/exports`, { from, to }, "sayExported");
  }

  /** @param {HTMLButtonElement} button @param {string} address @param {object} wish @param {string} done  the text for success */
  async send(button, address, wish, done) {
    const note = this.need("span-note", HTMLElement);
    note.textContent = this.dataset.sayBusy ?? "";
    button.disabled = true;
    try {
      const headers = { "Content-Type": "application/json", "X-CSRF-Token": this.token };
      const answer = await fetch(address, { method: "POST", headers, body: JSON.stringify(wish), signal: this.gone });
      const told = await answer.json().catch(() => ({}));
      note.textContent = answer.ok ? (this.dataset[done] ?? "") : filled(this.dataset.sayRefused ?? "", { why: told.message ?? answer.status });
    } catch {
      note.textContent = this.dataset.sayNetwork ?? "";
    }
    button.disabled = false;
  }

  /** The keeper of the session puts fresh ones into the field. */
  get token() {
    return this.need("csrf", HTMLInputElement).value;
  }
}

customElements.define("playback-span", PlaybackSpan);
