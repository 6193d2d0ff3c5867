// The visitor's own cameras: favourites in a cookie, so that the server can list them without a script, and what was
// opened last, which never leaves the device.
import { recall, remember } from "pantau/island";

const NAME = "pantau_favourites";
const MOST = 60;
const YEAR_S = 31_536_000;

/** @returns {string[]} camera ids, oldest first */
export function favourites() {
  const pair = document.cookie.split("; ").find((each) => each.startsWith(`${NAME}=`));
  return (pair?.slice(NAME.length + 1) ?? "").split(".").filter((id) => /^\d+$/.test(id));
}

/**
 * Add the camera or take it away; returns whether it is a favourite afterwards.
 * @param {string} id
 */
export function toggleFavourite(id) {
  const before = favourites();
  const isAdded = !before.includes(id);
  const after = isAdded ? [...before, id].slice(-MOST) : before.filter((each) => each !== id);
  document.cookie = `${NAME}=${after.join(".")}; Path=/; Max-Age=${YEAR_S}; SameSite=Lax`;
  return isAdded;
}

/** Mark every star below `root` as the cookie says. @param {ParentNode} root */
export function showFavourites(root) {
  const chosen = new Set(favourites());
  for (const star of root.querySelectorAll("[data-favourite]")) {
    star.setAttribute("aria-pressed", String(chosen.has(star.getAttribute("data-favourite") ?? "")));
  }
}

/** The star that was tapped, after toggling it; null where `event` hit none. @param {Event} event */
export function tapStar(event) {
  const star = event.target instanceof Element ? event.target.closest("[data-favourite]") : null;
  if (star === null) return null;
  star.setAttribute("aria-pressed", String(toggleFavourite(star.getAttribute("data-favourite") ?? "")));
  return star;
}

const OPENED = "opened";
const MOST_OPENED = 24;

/** Ids of the cameras that were opened on this device, the last one first. @returns {string[]} */
export function opened() {
  return (recall(OPENED) ?? "").split(".").filter((id) => /^\d+$/.test(id));
}

/** @param {string} id */
export function noteOpened(id) {
  if (/^\d+$/.test(id)) remember(OPENED, [id, ...opened().filter((each) => each !== id)].slice(0, MOST_OPENED).join("."));
}

export function forgetOpened() {
  remember(OPENED, "");
}
