// What the buttons, the keys and the time field of the playback page do.

/** @typedef {import("pantau/playback_page").PantauPlayback} Page */

const STEP_MS = 5000;
const MINUTE_MS = 60_000;

/** @type {Record<string, (page: Page, button: HTMLElement) => unknown>} */
const BUTTONS = {
  toggle: ({ course }) => course.toggle(),
  back: ({ course }) => course.move(-2 * STEP_MS),
  "frame-back": ({ course }) => course.frame(-1),
  "frame-on": ({ course }) => course.frame(1),
  "segment-back": ({ course }) => course.segment(-1),
  "segment-on": ({ course }) => course.segment(1),
  live: ({ course }) => course.live(),
  rate: (page, button) => setRate(page, Number(button.dataset.rate)),
  sound: ({ player }, button) => player && switchSound(player, button),
  snapshot: async (page) => (await import("pantau/playback_capture")).snapshot(page),
  share: async (page) => (await import("pantau/playback_capture")).share(page),
  report: ({ link }, button) => report(button, link),
  full: ({ player }) => player && goFull(player),
};

/** To the form for messages, with the moment that is shown instead of the one that was asked for. @param {HTMLElement} button @param {string} link */
function report(button, link) {
  const form = new URL(button.getAttribute("href") ?? "", location.href);
  form.searchParams.set("t", new URL(link).searchParams.get("t") ?? "");
  location.assign(form);
}

/** @type {Record<string, (page: Page) => unknown>} */
const KEYS = {
  ArrowLeft: ({ course }) => course.move(-STEP_MS),
  ArrowRight: ({ course }) => course.move(STEP_MS),
  "Shift+ArrowLeft": ({ course }) => course.frame(-1),
  "Shift+ArrowRight": ({ course }) => course.frame(1),
  ArrowDown: ({ course }) => course.move(-MINUTE_MS),
  ArrowUp: ({ course }) => course.move(MINUTE_MS),
  PageUp: ({ course }) => course.segment(-1),
  PageDown: ({ course }) => course.segment(1),
  Home: ({ course }) => course.edge("first"),
  End: ({ course }) => course.edge("last"),
  "+": ({ reel }) => reel?.zoomBy(1),
  "-": ({ reel }) => reel?.zoomBy(-1),
  " ": ({ course }) => course.toggle(),
};

/** @param {Page} page @param {Event} event */
export function pressed(page, event) {
  const hit = event.target instanceof Element ? event.target.closest("[data-do], [data-at]") : null;
  if (!(hit instanceof HTMLElement) || hit === page) return;
  if (hit instanceof HTMLAnchorElement) event.preventDefault();
  if (hit.dataset.at !== undefined) page.course.seek(Number(hit.dataset.at));
  else BUTTONS[hit.dataset.do ?? ""]?.(page, hit);
}

/** Only keys that are meant for the timeline: elsewhere they belong to the page. @param {Page} page @param {KeyboardEvent} event */
export function keyed(page, event) {
  const onReel = event.target instanceof Element && event.target.getAttribute("role") === "slider" && page.reel?.contains(event.target);
  if (!onReel || event.ctrlKey || event.metaKey || event.altKey) return;
  const act = KEYS[`${event.shiftKey && event.key.startsWith("Arrow") ? "Shift+" : ""}${event.key}`];
  if (act === undefined) return;
  event.preventDefault();
  act(page);
}

/** "Go to this time". @param {Page} page @param {SubmitEvent} event */
export function jumped(page, event) {
  const form = event.target;
  if (!(form instanceof HTMLFormElement) || form.dataset.part !== "jump" || !page.wording) return;
  event.preventDefault();
  const [date, time] = [String(new FormData(form).get("d") ?? ""), String(new FormData(form).get("time") ?? "")];
  const at = page.wording.moment(date, time);
  if (!Number.isNaN(at)) page.course.seek(at);
}

/** @param {Page} page @param {number} rate */
function setRate(page, rate) {
  for (const button of page.querySelectorAll("[data-do=rate]")) {
    button.setAttribute("aria-pressed", String(button.getAttribute("data-rate") === String(rate)));
  }
  const got = page.player?.setRate(rate) ?? 1;
  page.say("");
  // A browser that cannot says so at once, or plays more slowly than it claims.
  if (Math.abs(got - 1) > 0.05) page.say("saySlow", { rate: got * rate });
  else page.course.measure(rate);
}

/** @param {import("pantau/playback_player").PlaybackPlayer} player @param {HTMLElement} button */
function switchSound(player, button) {
  const isOn = player.dataset.sound !== "on";
  player.dataset.sound = isOn ? "on" : "off";
  button.setAttribute("aria-pressed", String(isOn));
  player.setRate(player.aim.rate);
  player.need("mute-icon", HTMLElement).hidden = isOn;
  player.need("sound-icon", HTMLElement).hidden = !isOn;
}

/** @param {import("pantau/playback_player").PlaybackPlayer} player */
function goFull(player) {
  const video = /** @type {HTMLVideoElement & { webkitEnterFullscreen?: () => void } | undefined} */ (player.video);
  if (document.fullscreenElement) document.exitFullscreen();
  // iPhones let only the video itself fill the screen.
  else if (player.requestFullscreen) player.requestFullscreen();
  else video?.webkitEnterFullscreen?.();
}
