// The way that always works: one still after another.

/** @typedef {import("pantau/player_paths").Run} Run */

const EVERY_S = 5;

export class StillPath {
  name = "still";

  /** @param {HTMLImageElement} image @param {string} address */
  constructor(image, address) {
    this.image = image;
    this.address = address;
  }

  async begin(/** @type {Run} */ run) {
    const next = new Image();
    next.src = `${this.address}${this.address.includes("?") ? "&" : "?"}at=${Date.now()}`;
    const isDecoded = await next.decode().then(() => true, () => false);
    if (run.signal.aborted) return;
    if (isDecoded) {
      this.image.src = next.src;
      run.frame(0);
    }
    const timer = setTimeout(() => this.begin(run), EVERY_S * 1000);
    run.signal.addEventListener("abort", () => clearTimeout(timer));
  }

  // Each picture is whole in itself: there is nothing to hold, to catch up with or to tear down.
  pause() {}
  resume() {}
  end() {}

  toLive() {
    return true;
  }

  takenAt() {
    return null;
  }
}
