// What a visitor sees of the player's state: words, boxes and buttons that the server has written into the page.

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

/** @param {Island} player @param {string} state @param {Record<string, unknown>} facts */
export function say(player, state, facts) {
  const key = `say${state.charAt(0).toUpperCase()}${state.slice(1)}`;
  player.need("say", HTMLElement).textContent = fill(player.dataset[key] ?? "", facts);
}

/** @param {string} text @param {Record<string, unknown>} facts */
function fill(text, facts) {
  return text.replace(/\{(\w+)\}/g, (whole, name) => String(facts[name] ?? whole));
}

/** Mark whether there is sound. @param {Island} player @param {boolean} isOn */
export function showSound(player, isOn) {
  player.need("sound", HTMLElement).setAttribute("aria-pressed", String(isOn));
  player.need("mute-icon", HTMLElement).hidden = isOn;
  player.need("sound-icon", HTMLElement).hidden = !isOn;
}
