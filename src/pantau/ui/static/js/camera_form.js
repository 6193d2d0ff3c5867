// <camera-form>: shows the fields that fit the kind of source, says what is unsaved, and asks before it is lost.
import { Island } from "pantau/island";

/** @typedef {HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement} Field */

class CameraForm extends Island {
  isSent = false;

  start() {
    const signal = this.gone;
    const form = this.need("form", HTMLFormElement);
    for (const kind of ["input", "change"]) form.addEventListener(kind, () => this.look(form), { signal });
    form.addEventListener("submit", (event) => (this.isSent = !event.defaultPrevented), { signal });
    addEventListener("beforeunload", (event) => this.ask(event, form), { signal });
    this.look(form);
  }

  /** @param {HTMLFormElement} form */
  look(form) {
    this.dataset.kind = this.kind(form);
    const count = this.changed(form);
    const text = count === 1 ? this.dataset.one : count > 1 ? this.dataset.many : "";
    this.need("count", HTMLElement).textContent = (text ?? "").replace("{count}", String(count));
  }

  /** Which kind is chosen, or told by the address as the server tells it. @param {HTMLFormElement} form */
  kind(form) {
    const chosen = form.elements.namedItem("kind");
    const written = form.elements.namedItem("private_rtsp_url");
    if (chosen instanceof HTMLSelectElement && chosen.value) return chosen.value;
    if (!(written instanceof HTMLInputElement)) return this.dataset.kind ?? "";
    const [, scheme = "", rest = ""] = /^\s*([a-z]+):\/\/([^?#]*)/i.exec(written.value) ?? [];
    if (/^rtsps?$/i.test(scheme)) return "rtsp";
    if (/^wss?$/i.test(scheme)) return "mpegts_ws";
    if (!/^https?$/i.test(scheme)) return "";
    if (/\.m3u8?$/i.test(rest)) return "hls";
    return /\.flv$/i.test(rest) ? "flv" : "mjpeg";
  }

  /** How many fields differ from what the server sent; a group of choices is one field. @param {HTMLFormElement} form */
  changed(form) {
    const names = new Set();
    for (const field of form.elements) {
      if (isField(field) && field.name && differs(field)) names.add(field.name);
    }
    return names.size;
  }

  /** @param {Event} event @param {HTMLFormElement} form */
  ask(event, form) {
    if (!this.isSent && this.changed(form) > 0) event.preventDefault();
  }
}

/** @param {Element} element @returns {element is Field} */
function isField(element) {
  return (
    element instanceof HTMLInputElement ||
    element instanceof HTMLSelectElement ||
    element instanceof HTMLTextAreaElement
  );
}

/** @param {Field} field */
function differs(field) {
  if (field.type === "hidden") return false;
  if (field instanceof HTMLSelectElement) {
    const first = [...field.options].find((option) => option.defaultSelected) ?? field.options[0];
    return first !== undefined && field.value !== first.value;
  }
  if (field.type === "checkbox" || field.type === "radio") {
    return field instanceof HTMLInputElement && field.checked !== field.defaultChecked;
  }
  return field.value !== field.defaultValue;
}

customElements.define("camera-form", CameraForm);
