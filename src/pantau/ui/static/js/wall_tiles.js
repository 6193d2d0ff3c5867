// Tiles of the wall: what the news says of a camera, and new tiles for cameras that were found on the device.

/**
 * @typedef {{ state: string, label: string, still: string | null, viewers?: number }} CameraNews
 * @typedef {import("pantau/wall_find").Named} Named
 */

/** A copy of what the template called `name` holds. @param {Element} wall @param {string} name */
function copyOf(wall, name) {
  const pattern = wall.querySelector(`template${name}`);
  return pattern instanceof HTMLTemplateElement ? pattern.content.firstElementChild?.cloneNode(true) : null;
}

/**
 * Have a tile say what the news says; returns whether the camera has just gone ("went") or come back ("came").
 * @param {HTMLElement} wall
 * @param {Element} tile
 * @param {CameraNews} news
 */
export function showNews(wall, tile, news) {
  showViewers(wall, tile, news.viewers ?? 0);
  const still = tile.querySelector(".still");
  if (!(still instanceof HTMLElement)) return "";
  const flag = still.querySelector(".still__flag");
  const before = still.dataset.state;
  if (before === news.state && (flag?.textContent ?? "") === news.label) return "";
  still.dataset.state = news.state;
  flag?.remove();
  const fresh = news.label ? copyOf(wall, `[data-flag="${news.state}"]`) : null;
  if (fresh instanceof Element) {
    fresh.append(news.label);
    still.append(fresh);
  }
  if (before === undefined || before === news.state) return "";
  if (news.state === "offline") return "went";
  return before === "offline" && news.state === "live" ? "came" : "";
}

/** Nobody watching is not worth a word. @param {HTMLElement} wall @param {Element} tile @param {number} count */
function showViewers(wall, tile, count) {
  const seen = tile.querySelector(".seen");
  const number = new Intl.NumberFormat(document.documentElement.lang).format(count);
  if (count === 0) return seen?.remove();
  if (seen?.querySelector("b")?.textContent === number) return;
  const fresh = copyOf(wall, "[data-part=seen]");
  if (!(fresh instanceof Element)) return;
  fresh.querySelector("b")?.append(number);
  fresh.querySelector(".sr")?.append((wall.dataset.watching ?? "").replace("{count}", number));
  if (seen) seen.replaceWith(fresh);
  else tile.querySelector(".cam__sub")?.append(" ", fresh);
}

/**
 * A tile for a camera that the page did not come with; its state and its still come with the news.
 * @param {HTMLElement} wall
 * @param {Named} camera
 * @param {string} sub
 */
export function tileOf(wall, camera, sub) {
  const tile = /** @type {HTMLElement} */ (copyOf(wall, "[data-part=tile]"));
  tile.dataset.id = String(camera.id);
  const link = tile.querySelector("a");
  if (link) Object.assign(link, { href: `/kamera/${camera.id}-${camera.slug}`, textContent: camera.name });
  tile.querySelector(".cam__sub")?.append(sub);
  const star = tile.querySelector(".fav");
  star?.setAttribute("data-favourite", String(camera.id));
  star?.setAttribute("aria-label", (wall.dataset.star ?? "").replace("{name}", camera.name));
  return tile;
}
