// <password-rules>: ticks the rules that a password keeps while it is typed; the server decides.
import { Island } from "pantau/island";

/** @type {Record<string, (password: string, username: string) => boolean>} */
const KEPT = {
  length: (password) => [...password].length >= 12 && [...password].length <= 128,
  upper: (password) => /\p{Lu}/u.test(password),
  lower: (password) => /\p{Ll}/u.test(password),
  digit: (password) => /\p{Nd}/u.test(password),
  special: (password) => /[\p{P}\p{S}\p{Z}]/u.test(password),
  username: (password, username) => password !== "" && !holds(password, username),
};

/** @param {string} password @param {string} username */
function holds(password, username) {
  const [inside, name] = [password.toLowerCase(), username.toLowerCase()];
  const backwards = [...name].reverse().join("");
  return (name.length >= 3 && inside.includes(name)) || (name.length >= 4 && inside.includes(backwards));
}

class PasswordRules extends Island {
  start() {
    const field = this.field(this.dataset.field);
    const username = this.field(this.dataset.usernameField);
    const look = () => this.look(field?.value ?? "", username?.value ?? this.dataset.username ?? "");
    for (const each of [field, username]) each?.addEventListener("input", look, { signal: this.gone });
    look();
  }

  /** @param {string | undefined} id */
  field(id) {
    const found = id ? document.getElementById(id) : null;
    return found instanceof HTMLInputElement ? found : null;
  }

  /** @param {string} password @param {string} username */
  look(password, username) {
    let kept = 0;
    const rules = [...this.querySelectorAll("[data-rule]")].filter(
      (rule) => (rule.getAttribute("data-rule") ?? "") in KEPT,
    );
    for (const rule of rules) {
      const is_kept = KEPT[rule.getAttribute("data-rule") ?? ""]?.(password, username) ?? false;
      rule.toggleAttribute("data-kept", is_kept);
      kept += Number(is_kept);
    }
    const text = (this.dataset.keptText ?? "").replace("{kept}", String(kept)).replace("{all}", String(rules.length));
    this.need("summary", HTMLElement).textContent = password ? text : "";
  }
}

customElements.define("password-rules", PasswordRules);
