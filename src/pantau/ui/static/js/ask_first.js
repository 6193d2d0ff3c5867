// <ask-first>: opens the question in place; without a script the link leads to a page that asks it.
import { Island } from "pantau/island";

class AskFirst extends Island {
  start() {
    const signal = this.gone;
    const dialog = this.need("dialog", HTMLDialogElement);
    this.need("open", HTMLAnchorElement).addEventListener(
      "click",
      (event) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey) return;
        event.preventDefault();
        dialog.showModal();
      },
      { signal },
    );
    dialog.addEventListener("click", (event) => this.close(event, dialog), { signal });
    const typed = this.querySelector("[data-part=typed]");
    const confirm = this.querySelector("[data-part=confirm]");
    if (!(typed instanceof HTMLInputElement && confirm instanceof HTMLButtonElement)) return;
    const look = () => (confirm.disabled = typed.value.trim() !== typed.dataset.word);
    typed.addEventListener("input", look, { signal });
    look();
  }

  /** @param {MouseEvent} event @param {HTMLDialogElement} dialog */
  close(event, dialog) {
    const hit = event.target instanceof Element ? event.target : null;
    // A click on the shade around it has the dialog itself as its target.
    if (hit !== dialog && !hit?.closest("[data-part=close]")) return;
    event.preventDefault();
    dialog.close();
  }
}

customElements.define("ask-first", AskFirst);
