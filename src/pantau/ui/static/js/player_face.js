// What a visitor sees of the player's state: words, boxes and buttons that the server has written into the page.
import { clockText } from "pantau/player_clock";

/** @typedef {import("pantau/player_core").State} State */
/** @typedef {import("pantau/player_core").Detail} Detail */

/** @type {ReadonlySet<string>} */
const RUNNING = new Set(["loading", "live", "delayed", "stalled"]);

/** Whether the button means "pause". @param {string} state */
export function isRunning(state) {
  return RUNNING.has(state);
}

/** @typedef {import("pantau/island").Island} Island */

/** Show a state that is new, or a repeated attempt. @param {Island} player @param {State} state @param {Detail} detail */
export function showState(player, state, detail) {
  const runs = isRunning(state);
  player.need("wait", HTMLElement).hidden = state !== "loading";
  player.need("live", HTMLElement).hidden = state !== "delayed";
  player.need("play-icon", HTMLElement).hidden = runs;
  player.need("pause-icon", HTMLElement).hidden = !runs;
  player.need("clock", HTMLElement).hidden = true;
  const toggle = player.need("toggle", HTMLElement);
  toggle.setAttribute("aria-label", (runs ? toggle.dataset.pause : toggle.dataset.play) ?? "");
  say(player, state, {});
  const box = player.need("box", HTMLElement);
  const pattern = player.querySelector(`template[data-box="${detail.box || "none"}"]`);
  box.replaceChildren(...(pattern instanceof HTMLTemplateElement ? [pattern.content.cloneNode(true)] : []));
  const retry = box.querySelector("[data-fill=retry]");
  if (retry !== null && detail.retry_s !== undefined) {
    retry.textContent = fill(player.dataset.sayRetry ?? "", { ...detail });
  }
}

/** Stills and video lie on top of each other; only one is shown. @param {Island} player @param {boolean} isStill */
export function showPicture(player, isStill) {
  player.need("still", HTMLElement).hidden = !isStill;
  player.need("video", HTMLElement).hidden = isStill;
}

/** Tell the time of the shown picture, and how far it lags. @param {Island} player @param {Date | null} taken_at */
export function showClock(player, taken_at, behind_s = 0) {
  const clock = player.need("clock", HTMLTimeElement);
  clock.hidden = taken_at === null;
  if (taken_at !== null) {
    const text = clockText(taken_at, player.dataset.zone ?? "UTC", document.documentElement.lang);
    clock.textContent = `${text} ${player.dataset.zoneName}`;
    clock.dateTime = taken_at.toISOString();
  }
  if (player.dataset.state === "delayed") say(player, "delayed", { behind: Math.round(behind_s) });
}

/** @param {Island} player @param {string} state @param {Record<string, unknown>} facts */
function say(player, state, facts) {
  const key = `say${state.charAt(0).toUpperCase()}${state.slice(1)}`;
  player.need("say", HTMLElement).textContent = fill(player.dataset[key] ?? "", facts);
}

/** @param {string} text @param {Record<string, unknown>} facts */
function fill(text, facts) {
  return text.replace(/\{(\w+)\}/g, (whole, name) => String(facts[name] ?? whole));
}

/** Switch the sound on or off. @param {Island} player @param {HTMLElement} button */
export function switchSound(player, button) {
  const video = player.need("video", HTMLVideoElement);
  video.muted = !video.muted;
  button.setAttribute("aria-pressed", String(!video.muted));
  player.need("mute-icon", HTMLElement).hidden = !video.muted;
  player.need("sound-icon", HTMLElement).hidden = video.muted;
}

/** Fill the screen, or leave it. @param {HTMLElement} player @param {HTMLVideoElement & { webkitEnterFullscreen?: () => void }} video */
export function fillScreen(player, video) {
  if (document.fullscreenElement) document.exitFullscreen();
  // iPhones let only the video itself fill the screen.
  else if (player.requestFullscreen) player.requestFullscreen();
  else video.webkitEnterFullscreen?.();
}
