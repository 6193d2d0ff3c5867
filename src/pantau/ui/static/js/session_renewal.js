// Renewing the session: one tab does it for all of them, and each remembers when it was.
import { remember } from "pantau/island";

const STAMP = "renewed";
const LOCK = "pantau.renewal";
const ANSWER_WITHIN_S = 15;
const STORED_WITHIN_MS = 250;

/** How many seconds ago this browser got new tokens; Infinity where nobody knows. */
export function renewedAgo_s() {
  try {
    const stamp = Number(localStorage.getItem(`pantau.${STAMP}`));
    return stamp ? Math.max(0, Date.now() / 1000 - stamp) : Infinity;
  } catch {
    return Infinity;
  }
}

/** Note that the tokens are new. */
export function noteRenewed() {
  remember(STAMP, String(Math.floor(Date.now() / 1000)));
}

/** Forget about the session: there is none that could be renewed. */
export function noteSignedOut() {
  remember(STAMP, "0");
}

/**
 * Renew the session, unless another tab has done it within `fresh_s` seconds.
 * @param {number} fresh_s
 * @returns {Promise<boolean>} whether there is a session now
 */
export async function renewSession(fresh_s) {
  const renew = async () => {
    if (renewedAgo_s() < fresh_s) return true;
    const answer = await fetch("/api/auth/refresh", {
      method: "POST",
      signal: AbortSignal.timeout(ANSWER_WITHIN_S * 1000),
    });
    if (answer.ok) noteRenewed();
    else if (answer.status === 401) noteSignedOut();
    return answer.ok;
  };
  // Without locks (old browsers, plain HTTP) two tabs may renew at once, which the server forgives.
  if (!navigator.locks) return renew();
  const first = await navigator.locks.request(LOCK, { ifAvailable: true }, (lock) => lock && renew());
  if (first !== null) return first;
  return navigator.locks.request(LOCK, async () => {
    // What the other tab has just stored takes a moment to arrive in this one.
    await new Promise((done) => setTimeout(done, STORED_WITHIN_MS));
    return renew();
  });
}
