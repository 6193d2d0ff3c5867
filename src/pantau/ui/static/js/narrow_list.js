// <narrow-list>: leaves those boxes of a long list to tick that hold the words somebody types.  What was ticked stays
// ticked, shown or not; nothing of it is sent.
import { Island } from "pantau/island";

class NarrowList extends Island {
  start() {
    const words = this.need("words", HTMLInputElement);
    words.addEventListener("input", () => this.narrow(words.value), { signal: this.gone });
    words.addEventListener("keydown", (event) => this.keep(event), { signal: this.gone });
    this.narrow(words.value);
  }

  /** Enter looks for something here, and sends no form. @param {KeyboardEvent} event */
  keep(event) {
    if (event.key === "Enter") event.preventDefault();
  }

  /** @param {string} text */
  narrow(text) {
    const sought = text.trim().toLocaleLowerCase().split(/\s+/);
    const labels = [...this.need("list", HTMLElement).querySelectorAll("label")];
    for (const label of labels) {
      const told = (label.textContent ?? "").toLocaleLowerCase();
      label.hidden = !sought.every((word) => told.includes(word));
    }
    this.need("none", HTMLElement).hidden = labels.some((label) => !label.hidden);
  }
}

customElements.define("narrow-list", NarrowList);
