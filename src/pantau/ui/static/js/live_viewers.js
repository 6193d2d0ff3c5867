// <live-viewers data-source data-news>: keeps the numbers of this moment new, by server-sent events where they come
// through, else by asking now and then.  Without a script they are those of when the page was drawn.
import { Island } from "pantau/island";
import { Polling } from "pantau/polling";

const MOST = 8;
const TROUBLES = 3;

class LiveViewers extends Island {
  troubles = 0;

  start() {
    this.listen();
    document.addEventListener("visibilitychange", () => this.listen(), { signal: this.gone });
    this.gone.addEventListener("abort", () => this.source?.close());
  }

  /** Listens only while somebody looks: every open stream costs the server something. */
  listen() {
    this.source?.close();
    if (document.hidden || this.polling) return;
    const source = (this.source = new EventSource(this.dataset.source ?? ""));
    source.addEventListener("message", (event) => this.hear(event.data));
    source.addEventListener("error", () => this.fail());
    // The sign-in has ended: asking again would only be refused.
    source.addEventListener("over", () => this.end());
  }

  /** @param {string} text */
  hear(text) {
    this.troubles = 0;
    this.show(JSON.parse(text));
  }

  end() {
    this.source?.close();
    this.need("state", HTMLElement).textContent = this.dataset.stale ?? "";
  }

  fail() {
    this.troubles += 1;
    this.need("state", HTMLElement).textContent = this.dataset.stale ?? "";
    // A browser tries again by itself, but not where it was refused.
    if (this.troubles < TROUBLES && this.source?.readyState !== EventSource.CLOSED) return;
    this.source?.close();
    this.polling = new Polling(this.dataset.news ?? "", (news) => this.show(news.data), this.gone);
    this.polling.ask();
  }

  /** @param {{activeViewers: number, viewersByCamera: {cameraId: number, viewerCount: number}[]}} now */
  show(now) {
    const number = new Intl.NumberFormat(this.dataset.language);
    this.need("state", HTMLElement).textContent = "";
    this.need("viewers", HTMLElement).textContent = number.format(now.activeViewers);
    const watched = [...now.viewersByCamera].sort((a, b) => b.viewerCount - a.viewerCount).slice(0, MOST);
    const most = watched[0]?.viewerCount ?? 0;
    const list = this.need("cameras", HTMLElement);
    // Whoever is on a link of the list must not lose it.
    if (list.contains(document.activeElement)) return;
    const rows = watched.map((each) =>
      this.row(each.cameraId, number.format(each.viewerCount), each.viewerCount / most),
    );
    list.replaceChildren(...rows);
    this.need("none", HTMLElement).hidden = rows.length > 0;
  }

  /** @param {number} id @param {string} count @param {number} share */
  row(id, count, share) {
    // The page names every camera where views are narrowed.
    const name = document.querySelector(`#camera option[value="${id}"]`)?.textContent ?? `${id}`;
    const row = /** @type {DocumentFragment} */ (this.need("row", HTMLTemplateElement).content.cloneNode(true));
    const link = row.querySelector("a");
    const bar = row.querySelector("rect:last-of-type");
    if (link) Object.assign(link, { href: `/admin/cameras/${id}`, textContent: name });
    row.querySelector(".num")?.append(count);
    bar?.setAttribute("width", String(Math.max(0.8, 100 * share)));
    return row;
  }
}

customElements.define("live-viewers", LiveViewers);
