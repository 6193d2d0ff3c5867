// <letters-left>: says how much of a text is written while somebody writes it.
import { Island } from "pantau/island";

class LettersLeft extends Island {
  start() {
    const text = this.need("text", HTMLTextAreaElement);
    const count = this.need("count", HTMLElement);
    const say = () => {
      const written = text.value.trim().length;
      count.textContent = written === 0 ? "" : (count.dataset.say ?? "").replace("{count}", String(written));
    };
    text.addEventListener("input", say, { signal: this.gone });
    say();
  }
}

customElements.define("letters-left", LettersLeft);
