// <import-progress>: a bar that follows an import, and the page anew when the work is over.
import { Island } from "pantau/island";

const EVERY_S = 0.7;
const AFTER_TROUBLE_S = 5;
const OVER = new Set(["idle", "done", "failed"]);

class ImportProgress extends Island {
  start() {
    this.bar = this.need("bar", HTMLProgressElement);
    this.text = this.need("text", HTMLElement);
    this.later(EVERY_S, () => this.ask());
  }

  async ask() {
    let next_s = EVERY_S;
    try {
      const answer = await fetch(this.dataset.address ?? "", { signal: this.gone });
      if (!answer.ok) throw new Error(String(answer.status));
      const { data } = await answer.json();
      if (data.state !== "preview" || OVER.has(data.progress.phase)) return location.reload();
      this.show(data.progress);
    } catch {
      next_s = AFTER_TROUBLE_S;
    }
    this.later(next_s, () => this.ask());
  }

  /** @param {{ done: number, total: number }} progress */
  show({ done, total }) {
    if (!this.bar || !this.text || !total) return;
    this.bar.max = total;
    this.bar.value = done;
    const say = this.dataset.say ?? "{done} / {total}";
    this.text.textContent = say.replace("{done}", String(done)).replace("{total}", String(total));
  }
}

customElements.define("import-progress", ImportProgress);
