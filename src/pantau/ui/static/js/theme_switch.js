// <theme-switch>: light or dark, against what the device prefers.
import { Island, remember } from "pantau/island";

class ThemeSwitch extends Island {
  start() {
    this.need("toggle", HTMLButtonElement).addEventListener("click", () => this.toggle(), { signal: this.gone });
  }

  toggle() {
    const root = document.documentElement;
    const chosen = root.dataset.theme ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
    root.dataset.theme = chosen === "dark" ? "light" : "dark";
    remember("theme", root.dataset.theme);
  }
}

customElements.define("theme-switch", ThemeSwitch);
