// Runs before the first paint, so that a chosen theme, picture size or lite mode does not flash the other one.
// A classic script on purpose: modules run too late.
(() => {
  const root = document.documentElement;
  const kept = (/** @type {string} */ name, place = () => localStorage) => {
    try {
      return place().getItem(`pantau.${name}`) ?? "";
    } catch {
      return ""; // Storage is refused in some private windows; the defaults are fine then.
    }
  };
  for (const name of ["theme", "density"]) {
    const chosen = kept(name);
    if (chosen) root.dataset[name] = chosen;
  }

  /** Why this visitor gets less, in a word; empty: all of it.  docs/design/app.md says what less is (lesson F08). */
  const whyLite = () => {
    const chosen = /(?:^|; )pantau_lite=([01])/.exec(document.cookie)?.[1];
    if (chosen) return chosen === "1" ? "hand" : "";
    const { connection: link, deviceMemory: memory_gb, hardwareConcurrency: cores, vendor } =
      /** @type {Navigator & { connection?: any, deviceMemory?: number }} */ (navigator);
    if (link?.saveData || matchMedia("(prefers-reduced-data: reduce)").matches) return "save";
    if (/2g|3g/.test(link?.effectiveType ?? "") || (link?.downlink > 0 && link.downlink < 1)) return "link";
    if (memory_gb !== undefined && memory_gb <= 2) return "memory";
    // WebKit says four of every phone.
    if (cores <= 4 && matchMedia("(pointer: coarse)").matches && !/^Apple/.test(vendor)) return "cores";
    return kept("slow", () => sessionStorage) && "slow";
  };
  const why = whyLite();
  if (why) root.dataset.lite = why;
  else delete root.dataset.lite;

  if (!root.dataset.build) return;
  // Asked once, early, and lost to whoever does not listen by then (lesson F19).
  addEventListener("beforeinstallprompt", (event) => {
    event.preventDefault();
    Object.assign(window, { pantauInstall: event });
    dispatchEvent(new Event("pantau-install"));
  });
  addEventListener("load", () => (window.requestIdleCallback ?? setTimeout)(() =>
    // A network that is gone by then takes nothing away but the app's own conveniences.
    import("pantau/app_shell").catch(() => undefined)));
})();
