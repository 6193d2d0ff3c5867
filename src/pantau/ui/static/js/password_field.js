// <password-field>: lets people see what they type.
import { Island } from "pantau/island";

class PasswordField extends Island {
  start() {
    const input = this.need("input", HTMLInputElement);
    const toggle = this.need("toggle", HTMLButtonElement);
    toggle.addEventListener(
      "click",
      () => {
        const shows = input.type === "password";
        input.type = shows ? "text" : "password";
        toggle.setAttribute("aria-pressed", String(shows));
      },
      { signal: this.gone },
    );
    // Password stores remember the wrong field when it is plain text at the end.
    input.form?.addEventListener("submit", () => (input.type = "password"), { signal: this.gone });
  }
}

customElements.define("password-field", PasswordField);
