// <share-sheet>: a link to hand on, as text, to another app, as a QR code, or as a frame for another site.
//
// Bring it when somebody reaches for it: `import("pantau/share_sheet")` on the first press of the link inside.  The
// press may come first: the link leads to the sheet without a script as well, and the island finds it open.
import { Island } from "pantau/island";

const SAID_S = 4;

export class ShareSheet extends Island {
  /** Unix milliseconds of the picture that "this moment" means; null where there is none. @type {number | null} */
  at_ms = null;

  start() {
    const signal = this.gone;
    this.sheet = this.need("sheet", HTMLDialogElement);
    this.link = this.need("link", HTMLInputElement);
    this.addEventListener("click", (event) => this.tap(event), { signal });
    this.querySelector("[data-part=moment]")?.addEventListener("change", () => this.fill(), { signal });
    // A press beside the sheet closes it; Escape does by itself.
    this.sheet.addEventListener("click", (event) => event.target === this.sheet && this.sheet?.close(), { signal });
    this.link.addEventListener("focus", () => this.link?.select(), { signal });
    if (location.hash !== `#${this.sheet.id}`) return;
    history.replaceState(history.state, "", location.pathname + location.search);
    this.open();
  }

  /** @param {Event} event */
  tap(event) {
    const hit = event.target instanceof Element ? event.target.closest("[data-do]") : null;
    if (!(hit instanceof HTMLElement)) return;
    event.preventDefault();
    const { do: what } = hit.dataset;
    if (what === "open") this.open();
    else if (what === "copy") this.copy(this.link?.value ?? "", this.link);
    else if (what === "copy-frame") this.copyFrame();
    else if (what === "send") this.send();
    else if (what === "close") this.sheet?.close();
  }

  /** Show the sheet; `at_ms` is the moment that is offered, else the one of the picture on the page. @param {number} [at_ms] */
  open(at_ms) {
    this.at_ms = at_ms ?? pictureTime();
    const moment = this.querySelector("[data-part=moment]");
    if (moment instanceof HTMLInputElement) moment.checked = at_ms !== undefined;
    this.need("send", HTMLElement).hidden = !navigator.share;
    this.need("told", HTMLElement).textContent = "";
    this.fill();
    if (!this.sheet?.open) this.sheet?.showModal();
  }

  /** Write the addresses, whole ones: the page does not know under which name it is reached. */
  fill() {
    const { address = "", footage, qr = "", sayMoment = "", zone } = this.dataset;
    const moment = this.querySelector("[data-part=moment]");
    const isMoment = moment instanceof HTMLInputElement && moment.checked && this.at_ms !== null;
    const at = this.at_ms === null ? "" : `${new Date(this.at_ms).toISOString().slice(0, 19)}Z`;
    const query = isMoment ? `?t=${at}` : "";
    if (this.link) this.link.value = new URL((isMoment ? footage : address) + query, location.href).href;
    this.need("qr", HTMLImageElement).src = qr + query;
    const frame = this.querySelector("[data-part=frame]");
    if (frame instanceof HTMLTextAreaElement) frame.value = frame.value.replace(' src="/', ` src="${location.origin}/`);
    const form = /** @type {const} */ ({ day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", second: "2-digit" });
    const label = this.querySelector("[data-part=moment-label]");
    if (label === null || this.at_ms === null) return;
    const clock = new Intl.DateTimeFormat(document.documentElement.lang, { ...form, hourCycle: "h23", timeZone: zone });
    label.textContent = sayMoment.replace("{at}", clock.format(this.at_ms));
  }

  /** @param {string} text @param {HTMLInputElement | HTMLTextAreaElement | undefined} field  where it can be copied by hand */
  async copy(text, field) {
    const { sayCopied = "", sayByHand = "" } = this.dataset;
    try {
      await navigator.clipboard.writeText(text);
      this.say(sayCopied);
    } catch {
      // Refused, or plain HTTP.
      field?.focus();
      field?.select();
      this.say(sayByHand);
    }
  }

  copyFrame() {
    const code = this.need("frame", HTMLTextAreaElement);
    this.copy(code.value, code);
  }

  async send() {
    try {
      await navigator.share({ title: this.dataset.title ?? document.title, url: this.link?.value ?? "" });
      this.sheet?.close();
    } catch (error) {
      // Whoever changes their mind need not be told.
      if (!(error instanceof DOMException && error.name === "AbortError")) this.copy(this.link?.value ?? "", this.link);
    }
  }

  /** @param {string} text */
  say(text) {
    const said = this.need("told", HTMLElement);
    said.textContent = text;
    this.later(SAID_S, () => said.textContent === text && (said.textContent = ""));
  }
}

/** When the picture that the player shows was taken; else this moment. */
function pictureTime() {
  const clock = document.querySelector("pantau-player [data-part=clock]:not([hidden])");
  const at_ms = clock instanceof HTMLTimeElement ? Date.parse(clock.dateTime) : NaN;
  return Number.isNaN(at_ms) ? Date.now() : at_ms;
}

customElements.define("share-sheet", ShareSheet);
