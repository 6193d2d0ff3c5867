// What can be done with the picture besides watching it: near and far, the whole screen, a small window, keys.
import { Gestures } from "pantau/player_gestures";
import { hearKeys, showKeys } from "pantau/player_keys";
import { canFloat, fillScreen, float } from "pantau/player_screen";
import { STEP, Zoom } from "pantau/player_zoom";

/** @typedef {InstanceType<typeof import("pantau/pantau_player").PantauPlayer>} Player */

export class Tools {
  /** @param {Player} player */
  constructor(player) {
    const signal = player.gone;
    this.player = player;
    this.video = player.need("video", HTMLVideoElement);
    const place = player.need("picture", HTMLElement);
    const zoom = (this.zoom = new Zoom(place, () => this.showZoom()));
    // Up and down is the page's; sideways and two fingers are ours.
    place.style.touchAction = "pan-y";
    new Gestures(zoom, () => this.press("full"), signal);
    hearKeys(this, signal);
    const sized = new ResizeObserver(() => zoom.isIn && zoom.draw());
    sized.observe(place);
    signal.addEventListener("abort", () => (sized.disconnect(), zoom.to(1)));
    document.addEventListener("fullscreenchange", () => zoom.to(1), { signal });
    player.addEventListener("player-state", () => this.showFloat(), { signal });
    this.showFloat();
  }

  /** @param {string} what */
  press(what) {
    const { player, zoom } = this;
    if (what === "full") fillScreen(player, this.video);
    else if (what === "pip") canFloat(this.video) && float(this.video);
    else if (what === "zoom") zoom.to(zoom.isIn ? 1 : 2);
    else if (what === "zoom-in") zoom.to(zoom.factor + STEP);
    else if (what === "zoom-out") zoom.to(zoom.factor - STEP);
    else if (what === "zoom-reset") zoom.to(1);
    else if (what === "keys") showKeys(player.gone);
    else if (what === "snapshot") document.querySelector("camera-actions [data-do=snapshot]")?.dispatchEvent(new Event("click", { bubbles: true }));
  }

  showZoom() {
    const { player, zoom } = this;
    const { factor } = zoom;
    zoom.place.style.touchAction = zoom.isIn ? "none" : "pan-y";
    player.toggleAttribute("data-near", zoom.isIn);
    player.need("zoom", HTMLElement).setAttribute("aria-pressed", String(zoom.isIn));
    player.need("zoom-bar", HTMLElement).hidden = !zoom.isIn;
    player.need("zoom-in", HTMLButtonElement).disabled = zoom.isMost;
    const text = factor.toLocaleString(document.documentElement.lang, { minimumFractionDigits: 1, maximumFractionDigits: 1 });
    player.need("factor", HTMLElement).textContent = `${text}×`;
  }

  /** There is no small window for stills. */
  showFloat() {
    this.player.need("pip", HTMLElement).hidden = !canFloat(this.video) || this.player.shown === "still";
  }
}
