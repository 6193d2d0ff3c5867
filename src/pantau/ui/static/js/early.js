// Runs before the first paint, so that a chosen theme or picture size does not flash the other one.
// A classic script on purpose: modules run too late.
(() => {
  for (const name of ["theme", "density"]) {
    try {
      const chosen = localStorage.getItem(`pantau.${name}`);
      if (chosen) document.documentElement.dataset[name] = chosen;
    } catch {
      // Storage is refused in some private windows; the defaults are fine then.
    }
  }
})();
