// Ask the server for news now and then: only while somebody looks, more and more seldom while it fails.
import { isLite } from "pantau/island";

const EVERY_S = 15;
const LITE_EVERY_S = 60;
const LONGEST_S = 240;
const ANSWER_WITHIN_S = 10;

export class Polling {
  failures = 0;
  turn = new AbortController();

  /**
   * @param {string} address  answers with JSON
   * @param {(news: any) => void} tell
   * @param {AbortSignal} gone  ends it for good
   * @param {(status: number) => void} refused  told of answers that are none
   */
  constructor(address, tell, gone, refused = () => {}) {
    this.address = address;
    this.tell = tell;
    this.gone = gone;
    this.refused = refused;
    gone.addEventListener("abort", () => this.turn.abort());
    document.addEventListener("visibilitychange", () => this.ask(), { signal: gone });
    this.rest();
  }

  /** Ask at once; a question under way is dropped. */
  async ask() {
    this.turn.abort();
    if (document.hidden) return;
    const turn = (this.turn = new AbortController());
    const late = setTimeout(() => turn.abort("late"), ANSWER_WITHIN_S * 1000);
    try {
      const answer = await fetch(this.address, { signal: turn.signal });
      if (!answer.ok) this.refused(answer.status);
      if (!answer.ok) throw new Error(String(answer.status));
      this.tell(await answer.json());
      this.failures = 0;
    } catch {
      if (turn !== this.turn) return;
      this.failures = Math.min(this.failures + 1, 6);
    } finally {
      clearTimeout(late);
    }
    if (turn === this.turn) this.rest();
  }

  /** Wait before the next question; jitter keeps a thousand open tabs from asking in step. */
  rest() {
    if (this.gone.aborted) return;
    this.turn = new AbortController();
    const usual_s = isLite() ? LITE_EVERY_S : EVERY_S;
    const wait_s = Math.min(LONGEST_S, usual_s * 2 ** this.failures) * (0.85 + Math.random() * 0.3);
    const timer = setTimeout(() => this.ask(), wait_s * 1000);
    this.turn.signal.addEventListener("abort", () => clearTimeout(timer));
  }
}
