// <fresh-part id data-every>: asks for its own page again every so many seconds and takes its part of it, so that
// what is under way can be watched; the parts that data-with names go along.  Rests while somebody works in one of
// them, and while the page is not looked at.
import { Island } from "pantau/island";

const AFTER_TROUBLE = 4;

class FreshPart extends Island {
  start() {
    this.wait();
  }

  wait(times = 1) {
    const every_s = Number(this.dataset.every ?? 0);
    if (every_s) this.later(every_s * times, () => this.ask());
  }

  /** This part and those that go along. @returns {Element[]} */
  get parts() {
    const others = (this.dataset.with ?? "").split(" ").map((id) => document.getElementById(id));
    return [this, ...others.flatMap((other) => other ?? [])];
  }

  /** @returns {boolean} */
  get isBusy() {
    if (document.hidden || document.querySelector("dialog[open]")) return true;
    return this.parts.some((part) => part.contains(document.activeElement));
  }

  async ask() {
    if (this.isBusy) return this.wait();
    try {
      const answer = await fetch(location.href, { signal: this.gone, headers: { accept: "text/html" } });
      if (!answer.ok) throw new Error(String(answer.status));
      this.take(await answer.text());
      this.wait();
    } catch {
      this.wait(AFTER_TROUBLE);
    }
  }

  /** @param {string} html */
  take(html) {
    const page = new DOMParser().parseFromString(html, "text/html");
    const fresh = page.getElementById(this.id);
    if (!fresh || this.isBusy) return;
    // What is over brings more of the page with it than this part: files, buttons.
    if (!fresh.dataset.every && "whole" in this.dataset) return location.reload();
    for (const part of this.parts) part.replaceChildren(...(page.getElementById(part.id)?.childNodes ?? []));
    if (fresh.dataset.every) this.dataset.every = fresh.dataset.every;
    else delete this.dataset.every;
  }
}

customElements.define("fresh-part", FreshPart);
