// <camera-wall>: keeps stills, states and numbers fresh, and brings what searching, sorting by distance, scrolling and
// the keyboard need once somebody means it.  Without it the form still submits and pages follow each other.
import { favourites, noteOpened, opened, showFavourites, tapStar } from "pantau/favourites";
import { Island, bring, remember } from "pantau/island";
import { Fresh } from "pantau/wall_fresh";

/** @typedef {import("pantau/wall_finder").Finder} Finder */
/** How far below the screen further tiles are asked for. */
const AHEAD = "1500px";

export class CameraWall extends Island {
  /** @type {Promise<Finder> | null} */
  finding = null;

  start() {
    const signal = this.gone;
    const form = this.need("form", HTMLFormElement);
    const search = this.need("search", HTMLInputElement);
    this.fresh = new Fresh(this);
    this.ends = new IntersectionObserver((entries) => this.goOn(entries), { rootMargin: AHEAD });
    signal.addEventListener("abort", () => this.ends?.disconnect());
    search.addEventListener("focus", () => this.find((finder) => finder.prepare()), { signal });
    search.addEventListener("input", () => this.find((finder) => finder.search(search.value)), { signal });
    form.addEventListener("change", (event) => this.resize(event), { signal });
    // The size is remembered by the device; an address that is passed on need not hold it.
    form.addEventListener("formdata", (event) => event.formData.delete("size"), { signal });
    form.addEventListener("submit", (event) => this.submit(event), { signal });
    this.addEventListener("click", (event) => this.tap(event), { signal });
    document.addEventListener("keydown", (event) => this.press(event), { signal });
    document.addEventListener("click", (event) => this.fold(event.target), { signal });
    this.showDensity(form);
    this.take([...this.querySelectorAll(".cam")], this.querySelector("[data-part=next]"));
    this.showOpened();
    // The browser restores a half-typed search after "back".
    if (search.value !== search.defaultValue) this.find((finder) => finder.search(search.value));
    else if (new URLSearchParams(location.search).get("sort") === "near") this.find((finder) => finder.nearAgain());
  }

  /** Take care of tiles, and bring more when the last one or a link comes near. @param {Element[]} tiles @param {Element | null | undefined} end */
  take(tiles, end) {
    for (const tile of tiles) this.fresh?.take(tile);
    if (end) this.ends?.observe(end);
    this.showStars();
  }

  /** Do `work` with what searches on the device; it comes with the first wish. @param {(finder: Finder) => void} work */
  async find(work) {
    this.finding ??= bring("pantau/wall_finder").then(({ Finder }) => new Finder(this));
    try {
      work(await this.finding);
    } catch {
      // The form still asks the server.
      this.finding = null;
    }
  }

  /** @param {SubmitEvent} event */
  submit(event) {
    if (this.need("found", HTMLElement).querySelector(".cam") === null) return;
    event.preventDefault();
    this.find((finder) => finder.enter());
  }

  /** @param {Event} event */
  resize(event) {
    if (!(event.target instanceof HTMLInputElement) || event.target.name !== "size") return;
    document.documentElement.dataset.density = event.target.value;
    remember("density", event.target.value);
  }

  /** @param {HTMLFormElement} form */
  showDensity(form) {
    const sizes = form.elements.namedItem("size");
    const chosen = document.documentElement.dataset.density;
    if (sizes instanceof RadioNodeList && chosen !== undefined) sizes.value = chosen;
  }

  /** A tap on a camera notes the moment, from which the player measures its start. @param {MouseEvent} event */
  tap(event) {
    const hit = event.target instanceof Element ? event.target : null;
    const link = hit?.closest(".cam a");
    const part = hit?.closest("button[data-part]")?.getAttribute("data-part");
    if (tapStar(event) !== null) this.showStars();
    else if (part === "near") this.find((finder) => finder.near());
    else if (part === "recent") this.find((finder) => finder.recent());
    else if (part === "forget") this.find((finder) => finder.forget());
    else if (part === "clear") this.find((finder) => finder.clear());
    else if (link instanceof HTMLAnchorElement) {
      remember("tapped", `${link.pathname} ${Date.now()}`, () => sessionStorage);
      noteOpened(link.closest(".cam")?.getAttribute("data-id") ?? "");
      if (this.finding) this.find((finder) => finder.keepAddress());
    }
  }

  /** @param {KeyboardEvent} event */
  press(event) {
    const { key, target } = event;
    if (event.defaultPrevented || event.altKey || !(target instanceof Element)) return;
    const search = this.need("search", HTMLInputElement);
    const isTyping = target.closest("input:not([type=radio]), textarea, select, [contenteditable], dialog") !== null;
    const isCall = event.ctrlKey || event.metaKey ? /^k$/i.test(key) : key === "/" && !isTyping;
    if (isCall) {
      event.preventDefault();
      return search.select();
    }
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (key === "Escape") this.fold(null);
    if (key === "Escape" && (target === search || !this.need("found", HTMLElement).hidden)) this.escape(search);
    const isMove = /^(Arrow|Home$|End$)/.test(key) && target.closest(".cam a") !== null;
    if (!isMove && !(key === "ArrowDown" && target === search)) return;
    event.preventDefault();
    bring("pantau/wall_keys").then(({ move }) => move(this, target, key), () => {});
  }

  /** Close menus that were not meant. @param {EventTarget | null} meant */
  fold(meant) {
    const kept = meant instanceof Element && !meant.closest("button") ? meant.closest("details") : null;
    for (const menu of this.querySelectorAll("details[open]")) if (menu !== kept) menu.removeAttribute("open");
  }

  /** Clear the search, and the second time leave it. @param {HTMLInputElement} search */
  escape(search) {
    if (search.value === "" && this.need("found", HTMLElement).hidden) return search.blur();
    search.value = "";
    this.find((finder) => finder.clear());
  }

  showStars() {
    showFavourites(this);
    this.need("favourites", HTMLElement).textContent = String(favourites().length || "");
  }

  showOpened() {
    const button = this.need("recent", HTMLButtonElement);
    button.hidden = opened().length === 0;
    button.querySelector("b")?.replaceChildren(String(opened().length));
  }

  /** The end of what is there comes near: bring what follows. @param {IntersectionObserverEntry[]} entries */
  goOn(entries) {
    for (const { target, isIntersecting } of entries) {
      if (!isIntersecting) continue;
      this.ends?.unobserve(target);
      if (target.matches(".cam")) this.find((finder) => finder.shown.more());
      else bring("pantau/wall_pages").then(({ follow }) => follow(this, target), () => {});
    }
  }
}

customElements.define("camera-wall", CameraWall);
