// Finds cameras by what people type: without accents, abbreviated, in any order, misspelt a little.
// `portal/finding.py` finds the same on the server; both are held to one table of cases.

/**
 * @typedef {{ id: number, slug: string, name: string, location: string, area: string,
 *   point: [number, number] | null }} Named  one camera as /wall-names.json tells it
 * @typedef {{ camera: Named, fields: string[][], compact: string[] }} Entry
 */

/** @type {Record<string, string>} */
const MEANINGS = {
  bdr: "bundaran", brt: "barat", gg: "gang", jbt: "jembatan", jemb: "jembatan", jl: "jalan", jln: "jalan",
  kab: "kabupaten", kec: "kecamatan", kel: "kelurahan", kp: "kampung", kpg: "kampung", per3an: "pertigaan",
  per4an: "perempatan", perum: "perumahan", prm: "perumahan", ps: "pasar", psr: "pasar", simp: "simpang",
  sltn: "selatan", sp: "simpang", spg: "simpang", st: "stasiun", sta: "stasiun", term: "terminal", tmn: "taman",
  tmr: "timur", utr: "utara",
};
const FILLERS = new Set("and camera cctv dan dekat di kamera near no nomor the".split(" "));
/** @type {Record<string, string>} */
const LETTERS = { ß: "ss", æ: "ae", œ: "oe", ø: "o", đ: "d", ð: "d", ł: "l", ı: "i", þ: "th" };
const MOST_WORDS = 8;
const MOST_LETTERS = 24;
const [SAME, BEGINS, INSIDE, FITS_NOT, STEP] = [0, 1, 2, 100, 4];

/** @param {string} text */
export function folded(text) {
  const plain = text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  return plain.replace(/[ßæœøđðłıþ]/g, (sign) => LETTERS[sign] ?? sign);
}

/** @param {string} text @param {boolean} [isDoubled] whether alun2 is alun-alun @returns {string[]} */
export function wordsOf(text, isDoubled = false) {
  return (folded(text).match(/[\p{L}\p{N}]+/gu) ?? []).flatMap((word) => {
    const doubled = isDoubled ? /^(\p{L}{3,})2$/u.exec(word) : null;
    const apart = Object.hasOwn(MEANINGS, word) ? null : /^(\p{L}+)([0-9]+)$/u.exec(word);
    return (doubled ?? apart ?? [word, word]).slice(1).map(meant);
  });
}

/** @param {string} word */
function meant(word) {
  if (/^[0-9]+$/.test(word)) return word.replace(/^0+(?=.)/, "");
  return Object.hasOwn(MEANINGS, word) ? (MEANINGS[word] ?? word) : word;
}

/** @param {string[]} typed */
function wantedOf(typed) {
  const words = typed.map((word) => word.slice(0, MOST_LETTERS)).slice(0, MOST_WORDS);
  const telling = words.filter((word) => !FILLERS.has(word));
  return telling.length ? telling : words;
}

/** How many mistakes a typed word may have. @param {string} word */
function forgiven(word) {
  if (/\p{N}/u.test(word) || word.length <= 3) return 0;
  return word.length <= 6 ? 1 : 2;
}

/** By how few mistakes `typed` became of the beginning of `word`. @param {string} typed @param {string} word */
export function distanceToBeginning(typed, word) {
  /** @type {number[]} */
  let last = [];
  /** @type {number[]} */
  let before = [];
  let row = Array.from({ length: word.length + 1 }, (_, at) => at);
  for (let down = 1; down <= typed.length; down++) {
    [last, before, row] = [before, row, [down]];
    for (let right = 1; right <= word.length; right++) {
      const isOther = Number(typed[down - 1] !== word[right - 1]);
      let cost = Math.min((before[right] ?? 0) + 1, (row[right - 1] ?? 0) + 1, (before[right - 1] ?? 0) + isOther);
      const isSwapped = down > 1 && right > 1 && typed[down - 1] === word[right - 2] && typed[down - 2] === word[right - 1];
      if (isSwapped) cost = Math.min(cost, (last[right - 2] ?? 0) + 1);
      row.push(cost);
    }
  }
  return Math.min(...row);
}

/** @param {string} word @param {string[]} words @param {string} compact @param {Map<string, number> | undefined} near */
function kindOf(word, words, compact, near) {
  let best = FITS_NOT;
  const isNumber = /^[0-9]+$/.test(word);
  for (const ours of words) {
    if (ours === word) return SAME;
    if (ours.startsWith(word)) best = Math.min(best, BEGINS);
    else if (!isNumber && ours.includes(word)) best = Math.min(best, INSIDE);
    else if (near?.has(ours)) best = Math.min(best, INSIDE + (near.get(ours) ?? 0));
  }
  return best > INSIDE && !isNumber && word.length >= 4 && compact.includes(word) ? INSIDE : best;
}

export class Index {
  /** @param {Named[]} cameras */
  constructor(cameras) {
    /** @type {Entry[]} */
    this.entries = cameras.map((camera) => {
      const fields = [camera.name, camera.location, camera.area].map((text) => wordsOf(text));
      return { camera, fields, compact: fields.map((words) => words.join("")) };
    });
    this.words = new Set(this.entries.flatMap((entry) => entry.fields.flat()));
    this.order = new Intl.Collator("id", { numeric: true }).compare;
  }

  /** The cameras that every word fits, the best first; all for no word. @param {string} text @returns {Named[]} */
  find(text) {
    const wanted = wantedOf(wordsOf(text));
    if (wanted.length === 0) return this.entries.map((entry) => entry.camera);
    const doubled = wantedOf(wordsOf(text, true));
    for (const ask of [() => this.ranked(wanted), () => this.ranked(doubled)]) {
      const found = ask();
      if (found.length) return found;
    }
    return this.ranked(doubled, new Map(doubled.map((word) => [word, this.alike(word)])));
  }

  /** @param {string[]} wanted @param {Map<string, Map<string, number>>} [alike] */
  ranked(wanted, alike = new Map()) {
    const found = this.entries.flatMap((entry) => {
      let cost = 0;
      for (const word of wanted) {
        const kinds = entry.fields.map((words, place) =>
          kindOf(word, words, entry.compact[place] ?? "", alike.get(word)) * STEP + place);
        cost += Math.min(...kinds);
      }
      return cost < FITS_NOT * STEP ? [{ cost, camera: entry.camera }] : [];
    });
    found.sort((a, b) => a.cost - b.cost || this.order(a.camera.name, b.camera.name) || a.camera.id - b.camera.id);
    return found.map((each) => each.camera);
  }

  /** Which of our words a typed one may have been meant for, and how far off. @param {string} word */
  alike(word) {
    const most = forgiven(word);
    const near = new Map();
    for (const ours of most ? this.words : []) {
      if (ours.length < word.length - most || /\p{N}/u.test(ours)) continue;
      const far = distanceToBeginning(word, ours);
      if (far <= most) near.set(ours, far);
    }
    return near;
  }
}
