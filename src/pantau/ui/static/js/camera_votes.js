// <camera-votes>: a vote without leaving the picture; a second tap on the same button takes it back.
import { Island, remember } from "pantau/island";

class CameraVotes extends Island {
  start() {
    const form = this.querySelector("form");
    form?.addEventListener("submit", (event) => this.#vote(event, form), { signal: this.gone });
    this.#mark(this.#mine());
  }

  /**
   * @param {SubmitEvent} event
   * @param {HTMLFormElement} form
   */
  async #vote(event, form) {
    const button = event.submitter;
    if (!(button instanceof HTMLButtonElement)) return;
    event.preventDefault();
    const vote = this.#mine() === button.value ? "none" : button.value;
    const body = new URLSearchParams({ camera: this.dataset.camera ?? "", vote });
    try {
      const answer = await fetch(form.action, {
        method: "POST",
        body,
        headers: { accept: "application/json" },
        signal: this.gone,
      });
      if (!answer.ok) throw new Error(String(answer.status));
      this.#show(await answer.json(), vote);
    } catch {
      // The server's own page says what is wrong.
      if (!this.gone.aborted) this.#leave(form, button);
    }
  }

  /**
   * @param {HTMLFormElement} form
   * @param {HTMLButtonElement} button
   */
  #leave(form, button) {
    const field = document.createElement("input");
    field.type = "hidden";
    field.name = button.name;
    field.value = button.value;
    form.append(field);
    form.submit();
  }

  /**
   * @param {{ good: number, bad: number }} sums
   * @param {string} vote
   */
  #show(sums, vote) {
    this.need("good", HTMLElement).textContent = String(sums.good);
    this.need("bad", HTMLElement).textContent = String(sums.bad);
    remember(`vote.${this.dataset.camera}`, vote);
    this.#mark(vote);
    this.need("say", HTMLElement).textContent =
      (vote === "none" ? this.dataset.undone : this.dataset.said) ?? "";
  }

  #mine() {
    try {
      return localStorage.getItem(`pantau.vote.${this.dataset.camera}`) ?? "none";
    } catch {
      return "none";
    }
  }

  /** @param {string} vote */
  #mark(vote) {
    for (const button of this.querySelectorAll("button")) {
      button.setAttribute("aria-pressed", String(button.value === vote));
    }
  }
}

customElements.define("camera-votes", CameraVotes);
