// <address-bar data-path="/…">: takes a secret out of the address bar and the history once the page has it.
import { Island } from "pantau/island";

class AddressBar extends Island {
  start() {
    history.replaceState(null, "", this.dataset.path);
  }
}

customElements.define("address-bar", AddressBar);
