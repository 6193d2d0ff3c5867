// What makes the pages an app, once they stand: a page for when there is no network, an offer to install, word of a newer build.
import { bring, isLite } from "pantau/island";

const LOOK_EVERY_MS = 900_000;
const WAITED_LONG_MS = 2500;
const root = document.documentElement;
let looked_ms = performance.now();

const { worker } = root.dataset;
// Where data is dear the worker would cost more than it gives; one that is there already stays.
if (worker && !isLite()) navigator.serviceWorker?.register(worker).catch(() => {});

/** Ask which build the server runs, not more often than every quarter of an hour, and only while somebody looks. */
async function look() {
  if (document.hidden || looked_ms + LOOK_EVERY_MS > performance.now()) return;
  looked_ms = performance.now();
  const answer = await fetch("/versi.json", { cache: "no-cache" }).catch(() => null);
  const build = answer?.ok ? (await answer.json()).build : root.dataset.build;
  if (build === root.dataset.build) return;
  looked_ms = Infinity;
  (await bring("pantau/update_bar")).offer();
}
setInterval(look, LOOK_EVERY_MS);
document.addEventListener("visibilitychange", look);

/** Show what offers the app, if this browser would install it. */
function offerApp() {
  const asked = /** @type {any} */ (window).pantauInstall;
  for (const button of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-do=install]"))) {
    button.hidden = !asked;
    button.onclick = () => {
      asked.prompt();
      // A question is good for one answer; the browser asks again when it likes.
      Object.assign(window, { pantauInstall: undefined });
      offerApp();
    };
  }
}
addEventListener("pantau-install", offerApp);
offerApp();

// A browser that says nothing of its link is judged by how long this very page took (lesson F08).
const [took] = /** @type {PerformanceNavigationTiming[]} */ (performance.getEntriesByType("navigation"));
if (!("connection" in navigator) && took && took.responseEnd - took.fetchStart > WAITED_LONG_MS) {
  try {
    sessionStorage.setItem("pantau.slow", "1");
  } catch {
    // Refused in some private windows: every page is judged anew.
  }
}
