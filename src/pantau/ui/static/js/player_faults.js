// What can go wrong while watching: one table for every way of playing, so that no path has an opinion of its own.
// "cannot" blocks, "unknown" never does (lesson F01); a hiccup is never taken for a codec (lesson F02).

/**
 * @typedef {"slow" | "network" | "server" | "busy" | "stalled" | "decode" | "camera" | "gone" | "denied" | "codec"
 *   | "path" | "blocked"} Fault
 * @typedef {"retry" | "wait" | "next" | "still" | "ask" | "stop"} Remedy
 */

/** @type {Record<Fault, { then: Remedy, box: string }>} */
export const FAULTS = {
  slow: { then: "retry", box: "slow" },
  network: { then: "retry", box: "network" },
  server: { then: "retry", box: "server" },
  busy: { then: "retry", box: "busy" },
  stalled: { then: "retry", box: "stalled" },
  decode: { then: "retry", box: "stalled" },
  camera: { then: "wait", box: "offline" },
  gone: { then: "stop", box: "gone" },
  denied: { then: "stop", box: "denied" },
  codec: { then: "still", box: "codec" },
  path: { then: "next", box: "server" },
  blocked: { then: "ask", box: "" },
};

/** @type {Record<string, Fault>} hls.js tells some of these as "not fatal" and then goes on for ever. */
const HLS_VERDICTS = {
  manifestIncompatibleCodecsError: "codec",
  bufferAddCodecError: "codec",
  bufferIncompatibleCodecsError: "codec",
};

/**
 * What an answer to the playlist's address means; null where nothing is wrong with it.
 * @param {number} status
 * @param {string | null} cause  the header in which our own server says why a camera gives no picture
 * @returns {Fault | null}
 */
export function faultOfAnswer(status, cause) {
  if (status >= 200 && status < 300) return null;
  if (cause) return "camera";
  if (status === 401 || status === 403) return "denied";
  if (status === 404 || status === 410) return "gone";
  return status === 429 ? "busy" : "server";
}

/**
 * @param {{ details: string, fatal: boolean, type: string }} said  an error event of hls.js
 * @returns {Fault | "unclear" | null} null: it copes on its own
 */
export function faultOfHls(said) {
  const verdict = HLS_VERDICTS[said.details];
  if (verdict !== undefined) return verdict;
  if (!said.fatal) return null;
  return said.type === "mediaError" ? "decode" : "unclear";
}

/**
 * @param {number} code  of a MediaError
 * @returns {Fault | "unclear" | null}
 */
export function faultOfElement(code) {
  if (code === MediaError.MEDIA_ERR_ABORTED) return null;
  return code === MediaError.MEDIA_ERR_DECODE ? "decode" : "unclear";
}

/**
 * Ask for the playlist ourselves: players tell a refusal, an outage and a format they do not know apart badly.
 * @param {string} address
 * @param {Fault} otherwise  what to believe if the playlist is there
 * @param {AbortSignal} signal
 * @returns {Promise<Fault>}
 */
export async function diagnose(address, otherwise, signal) {
  try {
    const answer = await fetch(address, { signal, cache: "no-store" });
    const fault = faultOfAnswer(answer.status, answer.headers.get("X-Pantau-Cause"));
    return fault ?? otherwise;
  } catch {
    return "network";
  }
}
