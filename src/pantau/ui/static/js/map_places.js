// Finds a place in what people paste: two numbers, or the address of a map.  The server reads the same (admin/coordinates.py).

/** @typedef {{ lat: number, lng: number }} Place */

const PAIR = String.raw`(-?\d{1,3}(?:\.\d+)?)`;
/** The pin of a link comes before the middle of its view. */
const LINKS = [
  `!3d${PAIR}!4d${PAIR}`,
  String.raw`[?&](?:q|query|ll|destination|center)=${PAIR}(?:,|%2C)\s*(?:\+|%20)?${PAIR}`,
  String.raw`[?&]mlat=${PAIR}&mlon=${PAIR}`,
  `@${PAIR},${PAIR}`,
  String.raw`#map=[\d.]+/${PAIR}/${PAIR}`,
].map((pattern) => new RegExp(pattern));
const POINTS = new RegExp(String.raw`^${PAIR}\s*[,;\s]\s*${PAIR}$`);
const COMMAS = /^(-?\d{1,3},\d+)\s*[;\s]\s*(-?\d{1,3},\d+)$/;

/** @param {string} text @returns {Place | null} */
export function placeOf(text) {
  const plain = text.trim().replaceAll("\u2212", "-");
  const isLink = /^https?:/.test(plain);
  const found = isLink ? firstOf(plain) : (POINTS.exec(plain) ?? COMMAS.exec(plain));
  // "-6,98" alone is a number with the comma of this country, not two of them.
  if (found === null || (!isLink && /^-?\d+,\d+$/.test(plain))) return null;
  return checked(numberOf(found[1] ?? ""), numberOf(found[2] ?? ""));
}

/** @param {string} lat @param {string} lng @returns {Place | null} */
export function placeAt(lat, lng) {
  if (lat.trim() === "" || lng.trim() === "") return null;
  return checked(numberOf(lat), numberOf(lng));
}

/** Six places behind the point are a hand's breadth. @param {number} degrees */
export function written(degrees) {
  return String(Number(degrees.toFixed(6)));
}

/** @param {string} text */
function firstOf(text) {
  return LINKS.map((pattern) => pattern.exec(text)).find((found) => found !== null) ?? null;
}

/** @param {string} text */
function numberOf(text) {
  return Number(text.trim().replaceAll("\u2212", "-").replace(",", "."));
}

/** @param {number} lat @param {number} lng @returns {Place | null} */
function checked(lat, lng) {
  // Nobody has a camera off the coast of Africa at 0, 0: that is how devices say "unknown" (lesson F28).
  const isPlace = Math.abs(lat) <= 90 && Math.abs(lng) <= 180 && !(lat === 0 && lng === 0);
  return isPlace ? { lat, lng } : null;
}
