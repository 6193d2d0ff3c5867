// To the next camera and back: the same two links for fingers, keys and the mouse.
import { remember } from "pantau/island";

/** @typedef {"next" | "prev"} Way */

const DECIDED_PX = 12;
const FAR = 0.22;
const MOST_FAR_PX = 120;

/** Follow the link that leads on. @param {Way} way */
export function turn(way) {
  const link = linkOf(way);
  if (link === null) return;
  remember("tapped", `${link.pathname} ${Date.now()}`, () => sessionStorage);
  link.click();
}

/** @param {Way} way */
function linkOf(way) {
  const link = document.querySelector(`a[data-turn=${way}]`);
  return link instanceof HTMLAnchorElement ? link : null;
}

export class Swipe {
  dx = 0;
  dy = 0;

  /** @param {HTMLElement} place */
  constructor(place) {
    this.place = place;
  }

  /** @param {number} dx @param {number} dy */
  drag(dx, dy) {
    this.dx += dx;
    this.dy += dy;
    const isSideways = Math.abs(this.dx) > DECIDED_PX && Math.abs(this.dx) > 2 * Math.abs(this.dy);
    this.move(isSideways && linkOf(this.way) ? this.dx : 0);
  }

  /** The picture goes along, half as far: more would look as if the next one were there already. @param {number} dx */
  move(dx) {
    this.place.style.transform = dx === 0 ? "" : `translateX(${dx / 2}px)`;
  }

  /** @returns {Way} */
  get way() {
    const isForward = document.documentElement.dir === "rtl" ? this.dx > 0 : this.dx < 0;
    return isForward ? "next" : "prev";
  }

  /** The fingers are gone. @param {boolean} [isMeant]  they were lifted, not taken away by the page */
  end(isMeant = false) {
    const far_px = Math.min(MOST_FAR_PX, this.place.clientWidth * FAR);
    const isFar = Math.abs(this.dx) > far_px && Math.abs(this.dx) > 2 * Math.abs(this.dy);
    this.move(0);
    if (isMeant && isFar) turn(this.way);
    this.dx = this.dy = 0;
  }
}
