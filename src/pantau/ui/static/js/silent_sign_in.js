// <silent-sign-in>: a session that merely aged while nobody looked is renewed without a password.
import { Island } from "pantau/island";
import { renewSession, renewedAgo_s } from "pantau/session_renewal";

const LONGEST_S = 86_400;
const TRIED = "pantau.silent";

class SilentSignIn extends Island {
  async start() {
    if (renewedAgo_s() > LONGEST_S || this.wasJustTried()) return;
    try {
      if (await renewSession(30)) location.reload();
    } catch {
      // The form is there for that.
    }
  }

  /** Once is enough: a page that is refused for another reason must not reload for ever. */
  wasJustTried() {
    try {
      const before = Number(sessionStorage.getItem(TRIED));
      sessionStorage.setItem(TRIED, String(Date.now()));
      return Date.now() - before < 10_000;
    } catch {
      return true;
    }
  }
}

customElements.define("silent-sign-in", SilentSignIn);
