// <patient-form>: the button says that work goes on, and a second press sends nothing twice.
import { Island } from "pantau/island";

class PatientForm extends Island {
  start() {
    const button = this.need("send", HTMLButtonElement);
    const text = button.textContent;
    this.querySelector("form")?.addEventListener(
      "submit",
      (event) => {
        if (button.getAttribute("aria-disabled") === "true") return event.preventDefault();
        button.setAttribute("aria-disabled", "true");
        // Quick answers need no word; after wrong passwords the server takes its time.
        this.later(0.4, () => (button.textContent = this.dataset.busy ?? text));
      },
      { signal: this.gone },
    );
    addEventListener(
      "pageshow",
      () => {
        button.removeAttribute("aria-disabled");
        button.textContent = text;
      },
      { signal: this.gone },
    );
  }
}

customElements.define("patient-form", PatientForm);
