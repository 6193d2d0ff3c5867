// <count-down data-wait="90">: says how long it still takes, and when it is over.
import { Island } from "pantau/island";

class CountDown extends Island {
  end = 0;

  start() {
    this.end = Date.now() + Number(this.dataset.wait) * 1000;
    this.show();
  }

  show() {
    const left_s = Math.ceil((this.end - Date.now()) / 1000);
    const text = this.need("text", HTMLElement);
    if (left_s <= 0) {
      text.textContent = this.dataset.over ?? "";
      this.classList.replace("note--warn", "note--ok");
      return;
    }
    const form = left_s >= 60 ? this.dataset.minutes : this.dataset.seconds;
    text.textContent = (form ?? "")
      .replace("{minutes}", String(Math.floor(left_s / 60)))
      .replace("{seconds}", String(left_s % 60));
    this.later(1, () => this.show());
  }
}

customElements.define("count-down", CountDown);
