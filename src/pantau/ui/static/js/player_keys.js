// The keys of the watch page, and the sheet that lists them.  Single letters must not be in anybody's way: they can be
// switched off, and then work only inside the player (WCAG 2.1.4).
import { recall, remember } from "pantau/island";
import { turn } from "pantau/player_turn";

/** @typedef {import("pantau/player_tools").Tools} Tools */

const PAN_PX = 60;

/** @type {Record<string, (tools: Tools) => unknown>} */
const KEYS = {
  k: ({ player }) => player.querySelector("[data-do=toggle]")?.dispatchEvent(new Event("click", { bubbles: true })),
  l: ({ player }) => player.core?.path.toLive() || player.core?.begin(),
  m: ({ player }) => player.need("sound", HTMLElement).hidden || player.setSound(Boolean(player.video?.muted)),
  f: (tools) => tools.press("full"),
  i: (tools) => tools.press("pip"),
  s: (tools) => tools.press("snapshot"),
  n: () => turn("next"),
  p: () => turn("prev"),
  "+": (tools) => tools.press("zoom-in"),
  "=": (tools) => tools.press("zoom-in"),
  "-": (tools) => tools.press("zoom-out"),
  0: (tools) => tools.press("zoom-reset"),
  "?": (tools) => tools.press("keys"),
};

/** @type {Record<string, [number, number]>} */
const PANS = { ArrowLeft: [1, 0], ArrowRight: [-1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

/** @param {Tools} tools @param {AbortSignal} signal */
export function hearKeys(tools, signal) {
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || !isMeant(tools, event)) return;
    const pan = tools.zoom.isIn ? PANS[event.key] : undefined;
    const act = KEYS[event.key.toLowerCase()];
    if (pan) tools.zoom.pan(pan[0] * PAN_PX, pan[1] * PAN_PX);
    else if (act && !event.repeat) act(tools);
    else if (!act) return;
    event.preventDefault();
  }, { signal });
}

/** @param {Tools} tools @param {KeyboardEvent} event */
function isMeant({ player }, { target }) {
  if (!(target instanceof Element)) return false;
  if (target.closest("input, textarea, select, [contenteditable], dialog")) return false;
  return player.contains(target) || recall("keys") !== "off";
}

/** Show which keys there are, and whether they work everywhere. @param {AbortSignal} signal */
export function showKeys(signal) {
  const sheet = document.getElementById("keys");
  if (!(sheet instanceof HTMLDialogElement) || sheet.open) return;
  const isOn = sheet.querySelector("input");
  if (isOn) {
    isOn.checked = recall("keys") !== "off";
    isOn.onchange = () => remember("keys", isOn.checked ? "on" : "off");
  }
  signal.addEventListener("abort", () => sheet.close(), { once: true });
  sheet.showModal();
}
