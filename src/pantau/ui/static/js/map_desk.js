// What answers a visitor of the map: chosen cameras, areas, and what is near.  It comes with the first press.
import { nearest } from "pantau/map_distances";
import { MapFinder } from "pantau/map_finder";
import { askPosition } from "pantau/map_position";
import { MapSheet } from "pantau/map_sheet";

/**
 * @typedef {import("pantau/map_cameras").Atlas} Atlas
 * @typedef {import("pantau/map_cameras").MapCamera} MapCamera
 * @typedef {import("pantau/map_cameras").Place} Place
 */

const AROUND = 5;
const MOST_LISTED = 60;

export class MapDesk {
  /** @param {import("pantau/portal_map").PantauMap} root */
  constructor(root) {
    this.root = root;
    this.sheet = new MapSheet(root, () => this.clear());
    this.finder = new MapFinder(root, (found) => ("camera" in found ? this.choose(found.camera, true) : this.focusArea(found.area.id)));
  }

  /** @param {URLSearchParams} asked */
  begin(asked) {
    const camera = this.root.atlas?.cameras.get(Number(asked.get("kamera")));
    if (camera) this.choose(camera, true);
    else this.focusArea(Number(asked.get("area")));
  }

  /** After news. @param {Atlas} atlas */
  refresh(atlas) {
    // A camera that was taken away must not stay on the screen.
    if (!this.sheet.renew(atlas)) this.clear();
  }

  /** A mark was pressed: one camera is chosen, several come apart, and those that cannot are listed. @param {MapCamera[]} cameras */
  tapped(cameras) {
    const [camera] = cameras;
    if (cameras.length === 1 && camera) return this.choose(camera, false);
    if (this.root.view?.spread(cameras)) return;
    this.clear();
    const title = (this.root.dataset.sayHere ?? "").replace("{count}", String(cameras.length));
    this.sheet.list(title, cameras.slice(0, MOST_LISTED).map((each) => ({ camera: each, away_m: null })));
    this.sheet.say(title);
  }

  /** @param {MapCamera} camera @param {boolean} goes  whether the map moves there */
  choose(camera, goes) {
    const { atlas, view, dataset } = this.root;
    view?.choose(camera.place ? camera.id : null);
    if (camera.place && goes) view?.go(camera.place);
    this.sheet.choose(camera);
    const around = nearest(atlas?.cameras.values() ?? [], camera.place, AROUND + 1).filter((each) => each.camera !== camera);
    this.sheet.list(dataset.sayAround ?? "", around.slice(0, AROUND));
    this.address(`?kamera=${camera.id}`);
  }

  clear() {
    this.sheet.close();
    this.root.view?.choose(null);
    this.address("");
  }

  /** @param {number} id */
  focusArea(id) {
    const box = this.root.atlas?.areas.get(id)?.box;
    if (!box) return;
    this.root.view?.fit(box);
    this.address(`?area=${id}`);
  }

  locate() {
    askPosition(this.root, (here) => this.arrive(here));
  }

  /** The cameras nearest to this device. @param {Place} here */
  arrive(here) {
    const { atlas, view, dataset } = this.root;
    const near = nearest(atlas?.cameras.values() ?? [], here, AROUND);
    this.clear();
    view?.stand(here, near.slice(0, 3).flatMap(({ camera }) => camera.place ?? []));
    this.sheet.list(dataset.sayNearest ?? "", near);
  }

  /** The address of what is shown, to hand on. @param {string} query */
  address(query) {
    history.replaceState(history.state, "", location.pathname + query);
  }
}
