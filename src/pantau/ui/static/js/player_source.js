// The way to play where only Media Source exists: hls.js.
import { faultOfHls } from "pantau/player_faults";
import { watchFrames } from "pantau/player_video";
import { empty, press } from "pantau/player_paths";

/** @typedef {import("pantau/player_paths").Run} Run */

export class SourcePath {
  name = "hlsjs";
  /** @type {import("hls.js/light").default | null} */
  hls = null;

  /** @param {HTMLVideoElement} video @param {string} address */
  constructor(video, address) {
    this.video = video;
    this.address = address;
  }

  async begin(/** @type {Run} */ run) {
    const library = await import("hls.js/light").catch(() => null);
    if (run.signal.aborted) return;
    if (library === null || !library.default.isSupported()) return run.fault("path");
    const Hls = library.default;
    const hls = (this.hls = new Hls({ enableWorker: false, backBufferLength: 15, maxBufferLength: 20 }));
    hls.on(Hls.Events.ERROR, (_, said) => {
      const fault = faultOfHls(said);
      if (fault !== null) run.fault(fault);
    });
    hls.once(Hls.Events.MANIFEST_PARSED, () => press(this.video, run));
    hls.loadSource(this.address);
    hls.attachMedia(this.video);
    watchFrames(this.video, () => run.frame(hls.latency), run.signal);
  }

  pause() {
    this.video.pause();
    this.hls?.stopLoad();
  }

  resume() {
    this.hls?.startLoad();
    this.video.play().catch(() => undefined);
  }

  toLive() {
    const newest_s = this.hls?.liveSyncPosition;
    if (!newest_s) return false;
    this.video.currentTime = newest_s;
    return true;
  }

  takenAt() {
    return this.hls?.playingDate ?? null;
  }

  end() {
    this.video.pause();
    this.hls?.destroy();
    this.hls = null;
    empty(this.video);
  }
}
