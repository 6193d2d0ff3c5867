// <pantau-playback>: joins timeline, picture and buttons of the playback page.
import { Island } from "pantau/island";
import { jumped, keyed, pressed } from "pantau/playback_actions";
import { filled, utcSecond, Wording } from "pantau/playback_clock";
import { Course } from "pantau/playback_course";
import { Peek } from "pantau/playback_peek";
import { PlaybackPlayer } from "pantau/playback_player";
import { PlaybackReel } from "pantau/playback_reel";
import { Runs, slice } from "pantau/playback_runs";

/** @typedef {import("pantau/playback_runs").Span} Span */

const REFRESH_S = 30;

export class PantauPlayback extends Island {
  course = new Course(this);
  now = () => Date.now();

  start() {
    const { dataset } = this;
    this.wording = new Wording({ zone: dataset.zone ?? "UTC", zoneName: dataset.zoneName ?? "", language: document.documentElement.lang });
    // The server's clock: those of phones are wrong now and then.
    const ahead_ms = Number(dataset.now) - performance.now();
    this.now = () => performance.now() + ahead_ms;
    this.runs = new Runs((from, to) => slice(dataset.api ?? "", from, to, this.gone), () => this.reel?.redraw(), this.now);
    this.player = this.need("player", PlaybackPlayer);
    this.reel = this.need("reel", PlaybackReel);
    this.player.aim.stillAt = (ms) => `${dataset.api}/still.jpg?at=${Math.round(ms)}`;
    this.course.at = Number(dataset.at);
    this.peek = new Peek(this);
    this.takeWritten();
    this.reel.limits = [Number(dataset.first), Number(dataset.now)];
    this.reel.show(this.runs, this.wording, this.course.at);
    this.listen();
    this.place();
    this.reel.describe();
    this.refresh();
  }

  /** What the server has written into the page. */
  takeWritten() {
    /** @type {Span} */
    const known = [Number(this.dataset.from), Number(this.dataset.to)];
    /** @type {Span[]} */
    const told = JSON.parse(this.dataset.runs ?? "[]");
    this.runs?.take(known, told.map(([from, to]) => [known[0] + from, known[0] + to]));
  }

  listen() {
    const { course } = this;
    /** @type {Record<string, (detail: any) => void>} */
    const heard = {
      "playback-seek": ({ at }) => course.seek(at),
      "playback-look": ({ from, to }) => this.look(from, to),
      "playback-peek": ({ at, x }) => this.peek?.show(at, x),
      "playback-time": () => course.tick(),
      "playback-ended": () => course.ended(),
    };
    const options = { signal: this.gone };
    for (const [name, hear] of Object.entries(heard)) {
      this.addEventListener(name, (event) => hear(/** @type {CustomEvent} */ (event).detail), options);
    }
    this.addEventListener("click", (event) => pressed(this, event), options);
    this.addEventListener("submit", (event) => jumped(this, event), options);
    this.addEventListener("keydown", (event) => keyed(this, event), options);
  }

  /** What is new at the end of the footage, while somebody looks. */
  refresh() {
    this.later(REFRESH_S, () => {
      if (!document.hidden) this.look(this.now() - 1, this.now());
      if (this.reel) this.reel.limits[1] = this.now();
      this.refresh();
    });
  }

  /** @param {number} from @param {number} to */
  async look(from, to) {
    const first = Number(this.dataset.first);
    const isKnown = await this.runs?.need(Math.max(from, first), Math.max(to, first));
    if (!isKnown && !this.gone.aborted) this.say("sayUnknown");
  }

  /** Put the playhead and the clock where we are; nothing else is drawn (lesson F07). */
  place() {
    const { reel, wording, player } = this;
    const { at } = this.course;
    if (!reel || !wording || !player || reel.isHeld) return;
    reel.moveTo(at);
    const clock = player.need("clock", HTMLTimeElement);
    clock.hidden = false;
    const text = `${wording.time(at)} ${wording.zoneName}`;
    if (clock.textContent === text) return;
    clock.textContent = text;
    clock.dateTime = utcSecond(at);
    player.need("day", HTMLElement).textContent = player.isLive ? "" : wording.day(at);
  }

  /** This page at the moment that is shown, for whoever gets the link. */
  get link() {
    return `${location.origin}${location.pathname}?t=${utcSecond(this.course.at)}`;
  }

  /** Put the moment into the address, and tell it to those who do not see the timeline: after a decision only. */
  note() {
    const forced = new URLSearchParams(location.search).get("player");
    history.replaceState(null, "", forced ? `${this.link}&player=${forced}` : this.link);
    this.reel?.describe();
    const date = this.wording?.date(this.course.at);
    for (const link of this.querySelectorAll("[data-day]")) {
      if (link.getAttribute("data-day") === date) link.setAttribute("aria-current", "date");
      else link.removeAttribute("aria-current");
    }
  }

  /** @param {number} from @param {number} to */
  sayGap(from, to) {
    this.say("sayGap", { from: this.clock(from), to: this.clock(to) });
  }

  /** @param {string} key  of the texts that the server wrote; empty: nothing @param {Record<string, unknown>} [facts] */
  say(key, facts = {}) {
    const text = key ? filled(this.dataset[key] ?? "", facts) : "";
    this.need("note-text", HTMLElement).textContent = text;
    this.need("note", HTMLElement).hidden = text === "";
  }

  /** A moment in words: with its day where that is not the day that is shown. @param {number} ms */
  clock(ms) {
    const { wording } = this;
    if (!wording) return "";
    const isSameDay = wording.date(ms) === wording.date(this.course.at);
    return isSameDay ? wording.time(ms) : `${wording.day(ms)} ${wording.time(ms)}`;
  }
}

customElements.define("pantau-playback", PantauPlayback);
