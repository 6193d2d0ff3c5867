// The small picture above the timeline: what was to be seen at a moment that somebody points at or drags to.
/** @typedef {import("pantau/playback_page").PantauPlayback} Page */
/** @typedef {import("pantau/playback_sheets").Sheets} Sheets */

const RESTS_MS = 80;

export class Peek {
  /** @type {number | undefined} */
  timer = undefined;
  asked_ms = NaN;
  /** @type {Sheets | undefined} */
  sheets;

  /** @param {Page} page */
  constructor(page) {
    this.page = page;
    this.box = page.need("peek", HTMLElement);
    this.text = page.need("peek-text", HTMLElement);
    this.picture = page.need("peek-picture", HTMLElement);
  }

  /** @param {number | null} at  Unix milliseconds; null: nobody points any more @param {number | null} x  in the window; null: its middle */
  show(at, x) {
    const { page, box, picture } = this;
    clearTimeout(this.timer);
    this.asked_ms = at ?? NaN;
    box.hidden = at === null;
    if (at === null) return;
    this.text.textContent = page.clock(at);
    const isThere = page.runs?.at(at) !== undefined;
    picture.hidden = !isThere;
    const wide = page.reel?.clientWidth ?? 0;
    const half = box.offsetWidth / 2;
    box.style.insetInlineStart = `${Math.min(Math.max(x ?? wide / 2, half), wide - half)}px`;
    if (isThere) this.timer = setTimeout(() => this.ask(at), RESTS_MS);
  }

  /** @param {number} at */
  async ask(at) {
    // Fetched when somebody points: most visitors of a phone never do.
    const { Sheets } = await import("pantau/playback_sheets");
    const sheets = (this.sheets ??= new Sheets(this.page.dataset.api ?? "", this.page.gone));
    const tile = await sheets.at(at);
    if (this.asked_ms !== at) return;
    const { style } = this.picture;
    this.picture.hidden = tile === null;
    if (tile === null) return;
    const [across, down] = [tile.wide / tile.width, tile.high / tile.height];
    style.aspectRatio = tile.width === 1 ? "16 / 9" : `${tile.width} / ${tile.height}`;
    style.backgroundImage = `url("${tile.address}")`;
    style.backgroundSize = `${across * 100}% ${down * 100}%`;
    // Per cent of a background tell where the same share of picture and box meet.
    const [x, y] = [tile.x / tile.width / Math.max(1, across - 1), tile.y / tile.height / Math.max(1, down - 1)];
    style.backgroundPosition = `${x * 100}% ${y * 100}%`;
  }
}
