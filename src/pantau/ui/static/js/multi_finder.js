// Finds cameras to add while somebody types; without it the form is sent.
import { drawn } from "pantau/multi_set";
import { part } from "pantau/multi_tiles";

const PAUSE_S = 0.25;

/** @param {import("pantau/island").Island} view @param {AbortSignal} gone */
export function findWhileTyping(view, gone) {
  let asking = new AbortController();

  /** @param {HTMLInputElement} field @param {AbortSignal} signal */
  const find = async (field, signal) => {
    const form = field.form;
    if (form === null) return;
    // The fields of a form of ours are texts.
    const fields = new URLSearchParams(/** @type {[string, string][]} */ ([...new FormData(form)]));
    const next = await drawn(`/multi?${fields}`, signal).catch(() => null);
    const found = next === null ? null : part(next, "offers");
    if (found !== null && !signal.aborted) part(view, "offers")?.replaceWith(document.adoptNode(found));
  };

  const typed = (/** @type {EventTarget | null} */ target) => {
    if (!(target instanceof HTMLInputElement) || target.type !== "search") return;
    asking.abort();
    const { signal } = (asking = new AbortController());
    view.later(PAUSE_S, () => find(target, signal), signal);
  };

  view.addEventListener("input", ({ target }) => typed(target), { signal: gone });
  // Something may have been typed while this file was on its way.
  const field = document.activeElement;
  if (field instanceof HTMLInputElement && field.value !== field.defaultValue) typed(field);
  gone.addEventListener("abort", () => asking.abort());
}
