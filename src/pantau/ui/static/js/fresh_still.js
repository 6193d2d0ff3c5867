// <fresh-still data-address="…">: renews the still inside while somebody looks.
import { Island } from "pantau/island";

const EVERY_MS = 5_000;

class FreshStill extends Island {
  version = "";

  start() {
    const timer = setInterval(() => document.hidden || this.renew(), EVERY_MS);
    this.gone.addEventListener("abort", () => clearInterval(timer));
  }

  async renew() {
    // The cache is asked again each time; an unchanged still costs a few bytes.
    const options = /** @type {RequestInit} */ ({ cache: "no-cache", signal: this.gone });
    const answer = await fetch(this.dataset.address ?? "", options).catch(() => null);
    // A camera that was taken away must not stay on the screen as its last picture.
    if (answer?.status === 404 && this.version !== "") return location.reload();
    const version = answer?.headers.get("ETag") ?? "";
    if (!answer?.ok || version === this.version) return;
    this.version = version;
    const image = this.querySelector("img");
    if (image === null) return location.reload();
    const before = image.src;
    image.src = URL.createObjectURL(await answer.blob());
    if (before.startsWith("blob:")) URL.revokeObjectURL(before);
  }
}

customElements.define("fresh-still", FreshStill);
