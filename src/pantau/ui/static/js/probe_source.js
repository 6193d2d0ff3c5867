// <probe-source>: sends the form around it to be looked at, and shows what was found in place; without it a page answers.
import { Island } from "pantau/island";

const DEADLINE_MS = 60_000;

class ProbeSource extends Island {
  start() {
    const button = this.need("look", HTMLButtonElement);
    button.addEventListener("click", (event) => this.look(event, button), { signal: this.gone });
  }

  /** @param {Event} event @param {HTMLButtonElement} button */
  async look(event, button) {
    const form = button.form;
    if (form === null) return;
    event.preventDefault();
    if (button.getAttribute("aria-disabled") === "true") return;
    button.setAttribute("aria-disabled", "true");
    const result = this.need("result", HTMLElement);
    this.say(this.dataset.waiting ?? "");
    try {
      const answer = await fetch(button.hasAttribute("formaction") ? button.formAction : form.action, {
        method: "POST",
        body: new URLSearchParams([...new FormData(form)].map(([name, value]) => [name, String(value)])),
        headers: { "x-pantau-part": "probe" },
        signal: AbortSignal.any([this.gone, AbortSignal.timeout(DEADLINE_MS)]),
      });
      if (!answer.ok) throw new Error(`${answer.status}`);
      // Our own server's HTML, escaped there; scripts in it would not run.
      result.innerHTML = await answer.text();
    } catch {
      if (!this.gone.aborted) this.say(this.dataset.failed ?? "");
    } finally {
      button.removeAttribute("aria-disabled");
    }
  }

  /** @param {string} text */
  say(text) {
    const said = document.createElement("p");
    said.className = "hint";
    said.textContent = text;
    this.need("result", HTMLElement).replaceChildren(said);
  }
}

customElements.define("probe-source", ProbeSource);
