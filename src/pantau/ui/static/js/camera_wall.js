// <camera-wall>: narrows the list as you type, keeps stills and states fresh.  Without it the form still submits.
import { favourites, showFavourites, tapStar } from "pantau/favourites";
import { Island, remember } from "pantau/island";
import { Polling } from "pantau/polling";
import { refreshStill } from "pantau/wall_stills";

/** @typedef {{ state: string, label: string, still: string | null }} CameraNews */
/** @typedef {{ cameras: Record<string, CameraNews>, problems: string }} WallNews */

class CameraWall extends Island {
  /** @type {Set<Element>} */
  inView = new Set();
  /** @type {WallNews | null} */
  news = null;

  start() {
    const signal = this.gone;
    const form = this.need("form", HTMLFormElement);
    const search = this.need("search", HTMLInputElement);
    search.addEventListener("input", () => this.narrow(search.value), { signal });
    form.addEventListener("change", (event) => this.resize(event), { signal });
    this.addEventListener("click", (event) => this.tap(event), { signal });
    this.showDensity(form);
    this.showStars();
    this.watchView();
    // The browser restores a half-typed search after "back".
    if (search.value !== search.defaultValue) this.narrow(search.value);
    new Polling(this.dataset.news ?? "", (/** @type {WallNews} */ news) => this.show(news), signal);
  }

  /** Hide what does not match every word.  A list that is not whole is the server's to search: Enter submits. */
  narrow(/** @type {string} */ text) {
    if (!this.hasAttribute("data-whole")) return;
    const words = text.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const place of this.querySelectorAll(".place")) {
      const head = place.querySelector("h2")?.textContent ?? "";
      let here = 0;
      for (const camera of place.querySelectorAll(".cam")) {
        const said = ["name", "sub"].map((part) => camera.querySelector(`.cam__${part}`)?.textContent ?? "");
        const hay = [head, ...said].join(" ").toLowerCase();
        const isMatch = words.every((word) => hay.includes(word));
        camera.toggleAttribute("hidden", !isMatch);
        here += Number(isMatch);
      }
      place.toggleAttribute("hidden", here === 0);
      shown += here;
    }
    this.need("empty", HTMLElement).hidden = shown > 0;
    const count = this.need("count", HTMLElement);
    const found = (count.dataset.found ?? "").replace("{count}", String(shown));
    count.textContent = words.length > 0 ? found : (count.dataset.all ?? "");
  }

  resize(/** @type {Event} */ event) {
    if (!(event.target instanceof HTMLInputElement) || event.target.name !== "size") return;
    document.documentElement.dataset.density = event.target.value;
    remember("density", event.target.value);
  }

  showDensity(/** @type {HTMLFormElement} */ form) {
    const sizes = form.elements.namedItem("size");
    const chosen = document.documentElement.dataset.density;
    if (sizes instanceof RadioNodeList && chosen !== undefined) sizes.value = chosen;
  }

  /** A tap on a star toggles it; a tap on a camera notes the moment, from which the player measures its start. */
  tap(/** @type {MouseEvent} */ event) {
    const hit = event.target instanceof Element ? event.target : null;
    const link = hit?.closest(".cam a");
    if (hit?.closest("[data-part=clear]")) this.clear();
    else if (tapStar(event) !== null) this.showStars();
    else if (link instanceof HTMLAnchorElement) {
      remember("tapped", `${link.pathname} ${Date.now()}`, () => sessionStorage);
    }
  }

  clear() {
    const search = this.need("search", HTMLInputElement);
    search.value = "";
    this.narrow("");
    search.focus();
  }

  showStars() {
    showFavourites(this);
    this.need("favourites", HTMLElement).textContent = String(favourites().length);
  }

  watchView() {
    const watcher = new IntersectionObserver((entries) => {
      for (const { target, isIntersecting } of entries) {
        if (isIntersecting) this.inView.add(target);
        else this.inView.delete(target);
        if (isIntersecting) this.refreshStill(target);
      }
    });
    for (const camera of this.querySelectorAll(".cam")) watcher.observe(camera);
    this.gone.addEventListener("abort", () => watcher.disconnect());
  }

  show(/** @type {WallNews} */ news) {
    this.news = news;
    this.need("problems", HTMLElement).textContent = news.problems;
    for (const camera of this.querySelectorAll(".cam")) this.showState(camera);
    for (const camera of this.inView) this.refreshStill(camera);
  }

  newsOf(/** @type {Element} */ camera) {
    return this.news?.cameras[camera.getAttribute("data-id") ?? ""];
  }

  showState(/** @type {Element} */ camera) {
    const still = camera.querySelector(".still");
    const news = this.newsOf(camera);
    if (!(still instanceof HTMLElement) || news === undefined) return;
    const flag = still.querySelector(".still__flag");
    if (still.dataset.state === news.state && (flag?.textContent ?? "") === news.label) return;
    still.dataset.state = news.state;
    flag?.remove();
    const pattern = this.querySelector(`template[data-flag="${news.state}"]`);
    if (!(pattern instanceof HTMLTemplateElement)) return;
    still.append(pattern.content.cloneNode(true));
    still.querySelector(".still__flag")?.append(news.label);
  }

  refreshStill(/** @type {Element} */ camera) {
    const still = camera.querySelector(".still");
    const address = this.newsOf(camera)?.still;
    if (address && still instanceof HTMLElement) refreshStill(still, address, this.gone);
  }
}

customElements.define("camera-wall", CameraWall);
