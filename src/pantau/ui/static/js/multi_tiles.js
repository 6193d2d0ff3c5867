// The tiles of a multi-view: their order, and taking over what the server has drawn of another set.

/** @param {ParentNode} list */
export function tilesOf(list) {
  return /** @type {HTMLElement[]} */ ([...list.querySelectorAll(".tile")]);
}

/** @param {ParentNode} list */
export function idsOf(list) {
  return tilesOf(list).map((tile) => tile.dataset.camera ?? "");
}

/**
 * Move a tile to a place among the tiles; a playing one goes on where the browser can move what lives.
 * @param {HTMLElement} list @param {HTMLElement} tile @param {number} to
 */
export function moveTile(list, tile, to) {
  const others = tilesOf(list).filter((each) => each !== tile);
  insert(list, tile, others[to] ?? list.querySelector(".slot"));
}

/** @param {HTMLElement} list @param {HTMLElement} tile @param {Element | null} before */
function insert(list, tile, before) {
  if (tile === before || tile.nextElementSibling === before && tile.parentElement === list) return;
  const moving = /** @type {{ moveBefore?: (node: Node, before: Node | null) => void }} */ (
    /** @type {unknown} */ (list)
  );
  if (moving.moveBefore && tile.isConnected) moving.moveBefore(tile, before);
  else list.insertBefore(tile, before);
}

/** Take a tile away for ever, and free its pictures. @param {HTMLElement} tile */
export function dropTile(tile) {
  tile.remove();
  freePictures(tile);
}

/** Pictures that were fetched by a script stay in memory until somebody says so (lesson F27). @param {Element} root */
export function freePictures(root) {
  for (const image of root.querySelectorAll("img")) if (image.src.startsWith("blob:")) URL.revokeObjectURL(image.src);
}

/**
 * Show what the server has drawn; tiles that are here already stay, and go on playing.
 * @param {HTMLElement} view @param {HTMLElement} next
 */
export function adopt(view, next) {
  const list = part(view, "tiles");
  const fresh = part(next, "tiles");
  if (list === null || fresh === null) return;
  const known = new Map(tilesOf(list).map((tile) => [tile.dataset.camera, tile]));
  list.querySelector(".slot")?.remove();
  for (const [at, tile] of tilesOf(fresh).entries()) {
    const here = known.get(tile.dataset.camera);
    known.delete(tile.dataset.camera);
    if (here !== undefined) copyLinks(here, tile);
    moveTile(list, here ?? document.adoptNode(tile), at);
  }
  for (const tile of known.values()) dropTile(tile);
  const slot = fresh.querySelector(".slot");
  if (slot !== null) list.append(document.adoptNode(slot));
  list.dataset.tata = fresh.dataset.tata;
  for (const name of ["layouts", "finder"]) swap(part(view, name), part(next, name));
}

/** Both were drawn alike. @param {Element} here @param {Element} fresh */
function copyLinks(here, fresh) {
  const ours = here.querySelectorAll(".tile__row a");
  for (const [at, link] of fresh.querySelectorAll(".tile__row a").entries()) {
    ours[at]?.setAttribute("href", link.getAttribute("href") ?? "");
    ours[at]?.toggleAttribute("hidden", link.hasAttribute("hidden"));
  }
}

/** Somebody may be typing into it: then only what is found is new. @param {HTMLElement | null} here @param {HTMLElement | null} fresh */
function swap(here, fresh) {
  if (here === null || fresh === null) return;
  const field = here.querySelector("input[type=search]");
  const found = part(fresh, "offers");
  if (field === null || field !== document.activeElement || found === null) here.replaceWith(document.adoptNode(fresh));
  else {
    part(here, "offers")?.replaceWith(document.adoptNode(found));
    for (const hidden of fresh.querySelectorAll("input[type=hidden]")) {
      const name = hidden.getAttribute("name");
      here.querySelector(`input[type=hidden][name="${name}"]`)?.setAttribute("value", hidden.getAttribute("value") ?? "");
    }
  }
}

/** @param {Element} root @param {string} name @returns {HTMLElement | null} */
export function part(root, name) {
  return root.querySelector(`[data-part="${name}"]`);
}

/** Whether there is a stream to play in it. @param {Element} tile */
export function mayPlay(tile) {
  return tile.querySelector("template[data-part=live]") !== null;
}

/** Whoever was there finds the same button in what took its place. @param {Element} root @param {string} where */
export function focusOn(root, where) {
  const button = root.querySelector(where);
  if (button instanceof HTMLElement) button.focus({ preventScroll: true });
}
