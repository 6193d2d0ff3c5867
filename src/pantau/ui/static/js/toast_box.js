// <toast-box>: what was just done, said for some seconds; stays while somebody reads or points at it.
import { Island } from "pantau/island";

const SHOWN_S = 6;
const SHOWN_WITH_CHOICE_S = 12;

class ToastBox extends Island {
  hold = false;

  start() {
    const text = this.need("text", HTMLElement);
    // Screen readers tell what changes, not what was there already.
    const said = text.textContent;
    text.textContent = "";
    this.later(0.1, () => (text.textContent = said));
    this.need("close", HTMLButtonElement).addEventListener("click", () => this.remove(), { signal: this.gone });
    for (const kind of ["pointerenter", "focusin"]) this.listen(kind, true);
    for (const kind of ["pointerleave", "focusout"]) this.listen(kind, false);
    this.wait(this.querySelector("form") ? SHOWN_WITH_CHOICE_S : SHOWN_S);
  }

  /** @param {string} kind @param {boolean} hold */
  listen(kind, hold) {
    this.addEventListener(kind, () => (this.hold = hold), { signal: this.gone });
  }

  /** @param {number} shown_s */
  wait(shown_s) {
    this.later(shown_s, () => (this.hold || document.hidden ? this.wait(2) : this.remove()));
  }
}

customElements.define("toast-box", ToastBox);
