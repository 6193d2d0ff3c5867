// <copy-text>: copies what is shown once, or prints it.
import { Island } from "pantau/island";

class CopyText extends Island {
  start() {
    const signal = this.gone;
    this.need("copy", HTMLButtonElement).addEventListener("click", () => this.copy(), { signal });
    this.querySelector("[data-part=print]")?.addEventListener("click", () => print(), { signal });
  }

  async copy() {
    const text = this.need("text", HTMLElement);
    const label = this.need("label", HTMLElement);
    const before = label.textContent;
    try {
      await navigator.clipboard.writeText(text.innerText.trim());
    } catch {
      // Refused, or plain HTTP: what is selected can be copied by hand.
      getSelection()?.selectAllChildren(text);
      return;
    }
    label.textContent = this.dataset.done ?? before;
    this.later(3, () => (label.textContent = before));
  }
}

customElements.define("copy-text", CopyText);
