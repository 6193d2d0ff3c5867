// Only one camera of a multi-view is heard: the one that somebody last turned to.

const BUTTON = "[data-do=sound]";

/** @param {Element} tile */
function press(tile) {
  const button = tile.querySelector(BUTTON);
  if (button instanceof HTMLElement && !button.hidden) button.click();
}

/**
 * @param {HTMLElement} list
 * @param {HTMLVideoElement} first  which was just made to be heard
 * @param {AbortSignal} signal
 */
export function followFocus(list, first, signal) {
  let heard = first;

  const hear = (/** @type {HTMLVideoElement} */ video) => {
    heard = video;
    for (const other of list.querySelectorAll("video")) {
      const tile = other.closest(".tile");
      if (other !== video && !other.muted && tile !== null) press(tile);
    }
  };

  const turn = (/** @type {Event} */ event) => {
    const hit = event.target instanceof Element ? event.target : null;
    const tile = hit?.closest(".tile");
    const video = tile?.querySelector("video");
    // The button itself says what is wanted.
    if (!tile || !video?.muted || heard.muted || !heard.isConnected || hit?.closest(BUTTON)) return;
    press(tile);
  };

  list.addEventListener("volumechange", ({ target }) => target instanceof HTMLVideoElement && !target.muted && hear(target), { capture: true, signal });
  list.addEventListener("focusin", turn, { signal });
  list.addEventListener("click", turn, { signal });
  hear(first);
}
