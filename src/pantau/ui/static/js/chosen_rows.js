// <chosen-rows>: counts the ticked rows, ticks a whole page or a stretch of it (Shift), and forgets them again.
import { Island } from "pantau/island";

class ChosenRows extends Island {
  /** @type {HTMLInputElement | null} */
  last = null;

  start() {
    const signal = this.gone;
    this.boxes = [...this.querySelectorAll("tbody input[name=id]")].filter((box) => box instanceof HTMLInputElement);
    this.addEventListener("click", (event) => this.stretch(event), { signal });
    this.addEventListener("change", (event) => this.changed(event), { signal });
    this.need("none", HTMLButtonElement).addEventListener("click", () => this.tickAll(false), { signal });
    // The browser restores ticks after "back".
    this.show();
  }

  /** @param {Event} event */
  changed(event) {
    const all = this.need("all", HTMLInputElement);
    if (event.target === all) this.tickAll(all.checked);
    else this.show();
  }

  /** @param {boolean} isChosen */
  tickAll(isChosen) {
    for (const box of this.boxes ?? []) box.checked = isChosen;
    this.show();
  }

  /** Shift and a click tick everything since the last click. @param {MouseEvent} event */
  stretch(event) {
    const boxes = this.boxes ?? [];
    const box = boxes.find((each) => each === event.target);
    if (box === undefined) return;
    if (event.shiftKey && this.last !== null) {
      const [from, to] = [boxes.indexOf(this.last), boxes.indexOf(box)].sort((a, b) => a - b);
      for (const each of boxes.slice(from, (to ?? 0) + 1)) each.checked = box.checked;
    }
    this.last = box;
  }

  show() {
    const boxes = this.boxes ?? [];
    const count = boxes.filter((box) => box.checked).length;
    const all = this.need("all", HTMLInputElement);
    all.checked = count > 0 && count === boxes.length;
    all.indeterminate = count > 0 && count < boxes.length;
    const said = this.need("count", HTMLElement);
    said.textContent = (this.dataset.chosen ?? "").replace("{count}", String(count));
  }
}

customElements.define("chosen-rows", ChosenRows);
