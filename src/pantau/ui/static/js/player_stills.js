// The way that always works: one still after another.
import { askPlaylist } from "pantau/player_faults";

/** @typedef {import("pantau/player_paths").Run} Run */

const EVERY_S = 5;

export class StillPath {
  name = "still";
  /** @type {Date | null} */
  taken_at = null;

  /** @param {HTMLImageElement} image @param {string} address  of the still @param {string} stream */
  constructor(image, address, stream) {
    this.image = image;
    this.address = address;
    this.stream = stream;
  }

  /** Asking for the playlist keeps a camera on that runs only while somebody watches, and says what is wrong. */
  async begin(/** @type {Run} */ run) {
    const [fault, answer] = await Promise.all([
      askPlaylist(this.stream, run.signal),
      fetch(this.address, { signal: run.signal, cache: "no-cache" }).catch(() => null),
    ]);
    if (run.signal.aborted) return;
    if (fault !== null) return run.fault(fault);
    if (answer?.ok) await this.draw(answer, run);
    const timer = setTimeout(() => this.begin(run), EVERY_S * 1000);
    run.signal.addEventListener("abort", () => clearTimeout(timer));
  }

  async draw(/** @type {Response} */ answer, /** @type {Run} */ run) {
    const address = URL.createObjectURL(await answer.blob());
    const next = new Image();
    next.src = address;
    const isDecoded = await next.decode().then(() => true, () => false);
    if (!isDecoded || run.signal.aborted) return URL.revokeObjectURL(address);
    URL.revokeObjectURL(this.image.src);
    this.image.src = address;
    const modified = answer.headers.get("Last-Modified");
    this.taken_at = modified === null ? null : new Date(modified);
    run.frame(0);
  }

  takenAt() {
    return this.taken_at;
  }

  // Each picture is whole in itself: there is nothing to hold or to catch up with.
  pause() {}
  resume() {}

  /** What is shown stays on the screen; its file need not stay in the memory. */
  end() {
    URL.revokeObjectURL(this.image.src);
  }

  toLive() {
    return true;
  }
}
