// Where this device is: asked of the browser, shown on the map, and sent nowhere.

/**
 * @typedef {import("pantau/island").Island} Island
 * @typedef {import("pantau/map_cameras").Place} Place
 */

const POSITION_MS = 15_000;
const SAID_S = 8;

/** @param {Island} root @param {(here: Place) => void} found */
export function askPosition(root, found) {
  const { sayLocating = "", sayNoPosition = "", sayDenied = "" } = root.dataset;
  const line = root.need("say", HTMLElement);
  const say = (/** @type {string} */ text) => {
    line.textContent = text;
    root.later(SAID_S, () => {
      if (line.textContent === text && text !== sayLocating) line.textContent = "";
    });
  };
  if (!("geolocation" in navigator)) return say(sayNoPosition);
  say(sayLocating);
  navigator.geolocation.getCurrentPosition(
    ({ coords }) => {
      if (root.gone.aborted) return;
      line.textContent = "";
      found({ lat: coords.latitude, lng: coords.longitude });
    },
    (error) => say(error.code === error.PERMISSION_DENIED ? sayDenied : sayNoPosition),
    { enableHighAccuracy: true, timeout: POSITION_MS, maximumAge: 60_000 },
  );
}
