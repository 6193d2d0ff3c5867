// <notice-board>: what a visitor has put away stays away, until it says something else.
import { Island, remember } from "pantau/island";

const NAME = "dismissed";
const MOST = 60;

class NoticeBoard extends Island {
  start() {
    const gone = new Set(dismissed());
    for (const each of this.querySelectorAll("[data-mark]")) {
      if (each instanceof HTMLElement) each.hidden = gone.has(each.dataset.mark ?? "");
    }
    this.addEventListener("click", (event) => this.#dismiss(event), { signal: this.gone });
  }

  /** @param {Event} event */
  #dismiss(event) {
    const button = event.target instanceof Element ? event.target.closest("[data-do=dismiss]") : null;
    const note = button?.closest("[data-mark]");
    if (!(note instanceof HTMLElement)) return;
    note.hidden = true;
    remember(NAME, [...dismissed(), note.dataset.mark ?? ""].slice(-MOST).join(" "));
  }
}

/** @returns {string[]} */
function dismissed() {
  try {
    return (localStorage.getItem(`pantau.${NAME}`) ?? "").split(" ").filter(Boolean);
  } catch {
    return [];
  }
}

customElements.define("notice-board", NoticeBoard);
