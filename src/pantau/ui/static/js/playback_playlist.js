// When the pictures of a recording were taken: the dates of its playlist, because the browser's own HLS tells nobody.

const SAME_S = 0.5;

/** @typedef {{ media_s: number, wall_ms: number, length_s: number }} Stretch  of footage without a jump of the clock */

/** @param {string} playlist @returns {Stretch[]} in the order of the stream */
export function stretchesOf(playlist) {
  /** @type {Stretch[]} */
  const all = [];
  let media_s = 0;
  let length_s = 0;
  let wall_ms = NaN;
  let isCut = true;
  for (const line of playlist.split(/\r?\n/)) {
    if (line.startsWith("#EXT-X-PROGRAM-DATE-TIME:")) {
      const told_ms = Date.parse(line.slice(25));
      isCut ||= Math.abs(told_ms - wall_ms) > SAME_S * 1000;
      if (isCut) wall_ms = told_ms;
    } else if (line === "#EXT-X-DISCONTINUITY") isCut = true;
    else if (line.startsWith("#EXTINF:")) length_s = parseFloat(line.slice(8));
    else if (line !== "" && !line.startsWith("#")) {
      const last = all[all.length - 1];
      if (isCut || last === undefined) all.push({ media_s, wall_ms, length_s });
      else last.length_s += length_s;
      isCut = false;
      media_s += length_s;
      wall_ms += length_s * 1000;
    }
  }
  return all.filter((each) => !Number.isNaN(each.wall_ms));
}

export class WallClock {
  /** @param {Stretch[]} stretches */
  constructor(stretches) {
    this.stretches = stretches;
  }

  get length_s() {
    const last = this.stretches[this.stretches.length - 1];
    return last ? last.media_s + last.length_s : 0;
  }

  /** When the last picture was taken. */
  get end_ms() {
    const last = this.stretches[this.stretches.length - 1];
    return last ? last.wall_ms + last.length_s * 1000 : NaN;
  }

  /** When the picture at a place of the stream was taken; NaN where nobody knows. @param {number} media_s */
  wallOf(media_s) {
    let found = this.stretches[0];
    for (const each of this.stretches) if (each.media_s <= media_s + 0.001) found = each;
    return found ? found.wall_ms + (media_s - found.media_s) * 1000 : NaN;
  }

  /** Where in the stream a moment is; null: not in it. @param {number} wall_ms */
  mediaOf(wall_ms) {
    const found = this.stretches.find((each) => wall_ms < each.wall_ms + each.length_s * 1000);
    if (found === undefined || wall_ms < found.wall_ms - SAME_S * 1000) return null;
    return found.media_s + Math.max(0, wall_ms - found.wall_ms) / 1000;
  }
}
