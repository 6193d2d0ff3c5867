// What can go wrong while watching: one table for every way of playing, so that no path has an opinion of its own.
// "cannot" blocks, "unknown" never does (lesson F01); a hiccup is never taken for a codec (lesson F02).

/**
 * @typedef {"slow" | "network" | "server" | "busy" | "stalled" | "decode" | "camera" | "maintenance" | "gone"
 *   | "denied" | "codec" | "path" | "blocked"} Fault
 * @typedef {"retry" | "rest" | "doubt" | "next" | "still"} Remedy
 */

/**
 * `retry` tries again a few times and then ends in `state`; `doubt` does too, but twice running it is the way of
 * playing that is at fault, and the next one gets its turn; `next` gives it its turn at once; `rest` goes to `state`.
 */
/** @type {Record<Fault, { then: Remedy, state: import("pantau/player_core").State, box: string }>} */
export const FAULTS = {
  slow: { then: "retry", state: "failed", box: "slow" },
  network: { then: "retry", state: "failed", box: "network" },
  server: { then: "retry", state: "failed", box: "server" },
  busy: { then: "retry", state: "failed", box: "busy" },
  stalled: { then: "retry", state: "failed", box: "stalled" },
  decode: { then: "doubt", state: "failed", box: "stalled" },
  camera: { then: "rest", state: "offline", box: "offline" },
  maintenance: { then: "rest", state: "service", box: "service" },
  gone: { then: "rest", state: "failed", box: "gone" },
  denied: { then: "rest", state: "failed", box: "denied" },
  codec: { then: "still", state: "failed", box: "codec" },
  path: { then: "next", state: "failed", box: "server" },
  blocked: { then: "rest", state: "idle", box: "" },
};

/** @type {Record<string, Fault>} what our server's codes mean; any other `stream.…` is the camera's own trouble */
const CODES = {
  "stream.maintenance": "maintenance",
  "stream.busy": "busy",
  "stream.no_origin": "server",
  "stream.bad_origin": "server",
  "stream.slow_origin": "server",
  "stream.bad_playlist": "server",
  "stream.interrupted": "server",
};

/** @type {Record<string, Fault>} hls.js tells some of these as "not fatal" and then goes on for ever. */
const HLS_VERDICTS = {
  manifestIncompatibleCodecsError: "codec",
  bufferAddCodecError: "codec",
  bufferIncompatibleCodecsError: "codec",
};

/**
 * What a refusal of the playlist means.
 * @param {number} status
 * @param {string} code  of the envelope in which our server says why; empty from anybody else
 * @returns {Fault}
 */
export function faultOfRefusal(status, code) {
  if (status === 401 || status === 403) return "denied";
  if (status === 404 || status === 410) return "gone";
  if (status === 429) return "busy";
  return CODES[code] ?? (code.startsWith("stream.") ? "camera" : "server");
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
 * Ask for the playlist ourselves: players tell a refusal, an outage and an unknown format apart badly.
 * @param {string} address
 * @param {AbortSignal} signal
 * @returns {Promise<Fault | null>} null: the playlist is there
 */
export async function askPlaylist(address, signal) {
  try {
    const answer = await fetch(address, { signal, cache: "no-store" });
    if (answer.ok) return null;
    const { code = "" } = await answer.json().catch(() => ({}));
    return faultOfRefusal(answer.status, String(code));
  } catch {
    return "network";
  }
}
