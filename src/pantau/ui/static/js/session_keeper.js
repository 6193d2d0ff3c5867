// <session-keeper data-access="3600">: keeps the session and the form tokens of an open page fresh.
import { Island } from "pantau/island";
import { noteRenewed, noteSignedOut, renewSession, renewedAgo_s } from "pantau/session_renewal";

const PART_OF_LIFE = 0.75;
const FORM_TOKEN_S = 1500;
const NOT_BEFORE_S = 2;
const AGAIN_AFTER_S = 60;

class SessionKeeper extends Island {
  access_s = 3600;
  formTokenAt = Date.now();
  isSending = false;

  start() {
    this.access_s = Number(this.dataset.access) || 3600;
    if (this.dataset.fresh !== undefined) noteRenewed();
    document.addEventListener("visibilitychange", () => this.look(), { signal: this.gone });
    document.addEventListener("submit", (event) => this.noteSending(event), { signal: this.gone });
    addEventListener("pageshow", () => (this.isSending = false), { signal: this.gone });
    this.wait();
  }

  /**
   * Renewing under a form that is on its way would take its session away.
   * @param {SubmitEvent} event
   */
  noteSending(event) {
    this.isSending = true;
    const form = event.target;
    if (form instanceof HTMLFormElement && form.action.endsWith("/sign-out")) noteSignedOut();
    this.later(10, () => (this.isSending = false));
  }

  wait() {
    const left_s = this.access_s * PART_OF_LIFE - renewedAgo_s();
    const due_s = Math.min(left_s, FORM_TOKEN_S - (Date.now() - this.formTokenAt) / 1000);
    this.later(Math.max(NOT_BEFORE_S, Number.isFinite(due_s) ? due_s : 0), () => this.look());
  }

  async look() {
    if (document.hidden || this.isSending) {
      if (this.isSending) this.later(NOT_BEFORE_S, () => this.look());
      return;
    }
    try {
      const is_due = renewedAgo_s() >= this.access_s * PART_OF_LIFE;
      if (is_due && !(await renewSession(this.access_s * PART_OF_LIFE))) return;
      if (Date.now() - this.formTokenAt >= FORM_TOKEN_S * 1000) await this.renewFormTokens();
      this.wait();
    } catch {
      this.later(AGAIN_AFTER_S, () => this.look());
    }
  }

  async renewFormTokens() {
    const answer = await fetch("/api/auth/csrf", { signal: this.gone });
    if (!answer.ok) throw new Error(String(answer.status));
    const { data } = await answer.json();
    for (const field of document.querySelectorAll("input[name=csrf_token]")) {
      if (field instanceof HTMLInputElement) field.value = data.token;
    }
    this.formTokenAt = Date.now();
  }
}

customElements.define("session-keeper", SessionKeeper);
