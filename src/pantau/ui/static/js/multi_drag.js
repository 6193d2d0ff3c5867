// Dragging one tile of a multi-view to another place.  Escape puts it back.
import { moveTile, tilesOf } from "pantau/multi_tiles";

const BEGINS_PX = 6;

export class Drag {
  isDragging = false;

  /**
   * @param {HTMLElement} list @param {HTMLElement} tile @param {PointerEvent} event  the press that may become a drag
   * @param {import("pantau/multi_changes").Changes} changes
   */
  constructor(list, tile, event, changes) {
    this.list = list;
    this.tile = tile;
    this.changes = changes;
    this.began = event;
    this.before = tilesOf(list).indexOf(tile);
    const over = (this.over = new AbortController());
    const { signal } = over;
    addEventListener("pointermove", (move) => this.move(move), { signal });
    addEventListener("pointerup", () => this.end(), { signal });
    addEventListener("pointercancel", () => this.cancel(), { signal });
    addEventListener("keydown", (key) => key.key === "Escape" && this.cancel(), { signal });
    // Without this a mouse would mark text while it drags.
    addEventListener("selectstart", (select) => select.preventDefault(), { signal });
  }

  /** @param {PointerEvent} event */
  move(event) {
    if (event.pointerId !== this.began.pointerId) return;
    const far_px = Math.hypot(event.clientX - this.began.clientX, event.clientY - this.began.clientY);
    if (!this.isDragging && far_px < BEGINS_PX) return;
    this.isDragging = true;
    this.tile.dataset.dragged = "";
    const below = document.elementFromPoint(event.clientX, event.clientY)?.closest(".tile");
    if (!(below instanceof HTMLElement) || below === this.tile || !this.list.contains(below)) return;
    moveTile(this.list, this.tile, tilesOf(this.list).indexOf(below));
  }

  end() {
    this.over.abort();
    if (!this.isDragging) return;
    delete this.tile.dataset.dragged;
    // The press ends in a click, which would open the menu of the handle.
    const swallow = (/** @type {Event} */ click) => click.preventDefault();
    addEventListener("click", swallow, { capture: true, once: true });
    setTimeout(() => removeEventListener("click", swallow, { capture: true }));
    if (tilesOf(this.list).indexOf(this.tile) !== this.before) this.changes.moved(this.tile);
  }

  cancel() {
    if (this.isDragging) moveTile(this.list, this.tile, this.before);
    delete this.tile.dataset.dragged;
    this.over.abort();
  }
}
