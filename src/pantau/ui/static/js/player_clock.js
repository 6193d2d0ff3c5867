// The time of the picture that is shown: a clock instead of "LIVE".  Read from the dates in the playlist, because
// the browser's own HLS tells them to nobody but Safari.

const ASK_AGAIN_S = 60;

/**
 * When each file of a playlist ends, as Unix seconds; files before the first date are left out.
 * @param {string} playlist
 * @returns {Map<string, number>} by file name, in the order of the stream
 */
export function endsOfFiles(playlist) {
  const ends = new Map();
  let at_s = NaN;
  let parts_s = NaN;
  let length_s = 0;
  for (const line of playlist.split(/\r?\n/)) {
    const part = /^#EXT-X-PART:.*DURATION=([\d.]+).*URI="([^"]+)"/.exec(line);
    if (line.startsWith("#EXT-X-PROGRAM-DATE-TIME:")) parts_s = at_s = Date.parse(line.slice(25)) / 1000;
    else if (line.startsWith("#EXTINF:")) length_s = parseFloat(line.slice(8));
    else if (part?.[2]) ends.set(part[2], (parts_s += Number(part[1])));
    else if (line !== "" && !line.startsWith("#")) ends.set(line, (parts_s = at_s += length_s));
  }
  for (const [name, end_s] of ends) if (Number.isNaN(end_s)) ends.delete(name);
  return ends;
}

export class PictureClock {
  /** Wall time less media time, in seconds. */
  offset_s = NaN;
  /** Wall time of the newest picture of the stream when the playlist was read, and when that was. */
  newest_s = NaN;
  read_ms = -Infinity;

  /** @param {HTMLVideoElement} video @param {string} address  of the playlist */
  constructor(video, address) {
    this.video = video;
    this.address = new URL(address, location.href);
  }

  /** When the shown picture was taken; null where nobody knows. */
  takenAt() {
    const at_s = this.video.currentTime + this.offset_s;
    return Number.isNaN(at_s) ? null : new Date(at_s * 1000);
  }

  /** How far behind the newest picture we are, without trusting this device's clock; 0 where nobody knows. */
  behind_s() {
    const now_s = this.newest_s + (performance.now() - this.read_ms) / 1000;
    const behind_s = now_s - (this.video.currentTime + this.offset_s);
    return Number.isNaN(behind_s) ? 0 : Math.max(0, behind_s);
  }

  /** Set the clock from the last file that the browser has loaded, whose end is the end of the buffer. */
  async set(/** @type {AbortSignal} */ signal) {
    if (performance.now() - this.read_ms < ASK_AGAIN_S * 1000) return;
    this.read_ms = performance.now();
    const answer = await fetch(this.address, { signal }).catch(() => null);
    const { buffered } = this.video;
    if (!answer?.ok || buffered.length === 0) return;
    const ends = endsOfFiles(await answer.text().catch(() => ""));
    const buffered_s = buffered.end(buffered.length - 1);
    const loaded = performance.getEntriesByType("resource").map((entry) => entry.name).reverse();
    const last = loaded.map((name) => this.nameOf(name)).find((name) => ends.has(name));
    // The browser keeps only so many entries and then no new ones.
    performance.clearResourceTimings();
    this.newest_s = Math.max(...ends.values());
    if (last !== undefined) this.offset_s = Number(ends.get(last)) - buffered_s;
  }

  /** A file's name as the playlist has it. @param {string} address */
  nameOf(address) {
    const folder = new URL(".", this.address).href;
    return address.startsWith(folder) ? address.slice(folder.length) : "";
  }
}

/**
 * @param {Date} at
 * @param {string} zone  such as Asia/Jakarta
 * @param {string} language
 */
export function clockText(at, zone, language) {
  const digits = /** @type {const} */ ("2-digit");
  const style = { hour: digits, minute: digits, second: digits, hourCycle: /** @type {const} */ ("h23"), timeZone: zone };
  return at.toLocaleTimeString(language, style);
}
