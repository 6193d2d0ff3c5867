// Tells the hub that somebody watches, so that they are counted behind a cache too, and at the end how it played.

const BEAT_MS = 8000;
const ASLEEP_MS = 10_000;
const SHOWING = new Set(["live", "delayed", "still"]);
const GOING_ON = new Set([...SHOWING, "loading", "stalled", "waiting"]);
/** Boxes of the player whose name is not that of their cause. @type {Record<string, string>} */
const CAUSES = { offline: "camera", service: "maintenance" };

/** @param {string} what @param {object} told */
function post(what, told) {
  return fetch(`/api/viewer/${what}`, {
    method: "POST",
    keepalive: true,
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(told),
  });
}

/** The same when the page goes away, which waits for no answer. @param {string} what @param {object} told */
function tell(what, told) {
  const body = new Blob([JSON.stringify(told)], { type: "application/json" });
  if (!navigator.sendBeacon?.(`/api/viewer/${what}`, body)) post(what, told).catch(() => undefined);
}

export class Viewing {
  session = "";
  state = "";
  box = "";
  since_ms = performance.now();
  hidden_ms = Infinity;
  isOver = false;
  isAsking = false;
  hasShown = false;
  isTold = false;
  /** @type {number | undefined} */
  start_ms;
  stalls = 0;
  stalled_ms = 0;
  played_ms = 0;

  /** @param {number} camera @param {AbortSignal} gone */
  constructor(camera, gone) {
    this.camera = camera;
    const timer = setInterval(() => this.beat(), BEAT_MS);
    document.addEventListener("visibilitychange", () => this.look(), { signal: gone });
    addEventListener("pagehide", () => this.end(), { signal: gone });
    gone.addEventListener("abort", () => (clearInterval(timer), this.end()));
  }

  /**
   * What the player shows from here on.
   * @param {string} state @param {string} [box]  what it says is wrong @param {number} [start_ms]
   */
  see(state, box = "", start_ms) {
    this.start_ms ??= start_ms;
    this.box = box;
    if (state === this.state) return;
    this.note();
    if (this.hasShown && (state === "stalled" || (state === "waiting" && this.state !== "stalled"))) this.stalls += 1;
    this.state = state;
    if (!SHOWING.has(state)) return;
    this.hasShown = true;
    this.isTold = false;
    if (this.session === "") this.beat();
  }

  /** Add the time since the last change to what it was spent on. */
  note() {
    const now_ms = performance.now();
    const took_ms = now_ms - this.since_ms;
    this.since_ms = now_ms;
    if (SHOWING.has(this.state)) this.played_ms += took_ms;
    else if (this.hasShown && GOING_ON.has(this.state)) this.stalled_ms += took_ms;
  }

  /** Begin, or go on; one question at a time, and none while nobody looks. */
  async beat() {
    const isAsleep = performance.now() - this.hidden_ms > ASLEEP_MS;
    if (isAsleep && this.session !== "") this.stop();
    if (isAsleep || this.isOver || this.isAsking || !this.hasShown || !GOING_ON.has(this.state)) return;
    this.isAsking = true;
    try {
      if (this.session !== "") {
        const { success } = await (await post("heartbeat", { sessionId: this.session })).json();
        if (success === false) this.session = "";
      }
      if (this.session === "") {
        const answer = await post("start", { cameraId: this.camera });
        if (answer.ok) this.session = (await answer.json()).data.sessionId;
        // It is not there any more, or there are too many: polls count us then, or nobody does.
        else this.isOver = answer.status !== 503;
      }
    } catch {
      // The next beat tries again.
    } finally {
      this.isAsking = false;
    }
  }

  look() {
    this.hidden_ms = document.hidden ? performance.now() : Infinity;
    if (!document.hidden) this.beat();
  }

  stop() {
    tell("stop", { sessionId: this.session });
    this.session = "";
  }

  /** The page goes away; it may come back from the browser's memory. */
  end() {
    this.note();
    if (!this.isTold) tell("quality", this.report());
    this.isTold = true;
    if (this.session !== "") this.stop();
  }

  report() {
    const failure = SHOWING.has(this.state) ? undefined : (CAUSES[this.box] ?? this.box);
    const isRefused = this.box === "codec";
    const told = {
      camera_id: this.camera,
      start_ms: this.start_ms,
      stalls: this.stalls,
      stalled_ms: Math.round(this.stalled_ms),
      played_ms: Math.round(this.played_ms),
      codec_refused: isRefused,
      failure: failure || undefined,
    };
    this.stalls = this.stalled_ms = this.played_ms = 0;
    this.start_ms = undefined;
    return told;
  }
}
