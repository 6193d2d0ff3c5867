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

  view.addEventListener("input", ({ target }) => {
    if (!(target instanceof HTMLInputElement) || target.type !== "search") return;
    asking.abort();
    const { signal } = (asking = new AbortController());
    view.later(PAUSE_S, () => find(target, signal), signal);
  }, { signal: gone });
  gone.addEventListener("abort", () => asking.abort());
}
