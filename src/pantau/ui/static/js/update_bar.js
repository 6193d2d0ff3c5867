// A newer build is there: the page says so once, and goes on until the visitor wants it (lesson F18).

const TAKES_OVER_WITHIN_MS = 3000;

/**
 * Tell the page.  Whoever cancels the event `pantau-update` takes it over and calls `detail.accept()` when it suits,
 * as a screen does that nobody stands in front of.
 */
export async function offer() {
  const workers = navigator.serviceWorker;
  // Fetches the new worker, which waits until somebody says yes.
  await (await workers?.getRegistration())?.update().catch(() => {});
  const told = new CustomEvent("pantau-update", { cancelable: true, detail: { accept } });
  if (document.dispatchEvent(told)) show();
}

/** Let the new worker take over and load the page again. */
export async function accept() {
  const waiting = await waitingWorker();
  if (waiting) {
    const taken = new Promise((done) => navigator.serviceWorker.addEventListener("controllerchange", done));
    waiting.postMessage("take over");
    await Promise.race([taken, new Promise((done) => setTimeout(done, TAKES_OVER_WITHIN_MS))]);
  }
  location.reload();
}

async function waitingWorker() {
  const registration = await navigator.serviceWorker?.getRegistration();
  return registration?.waiting;
}

function show() {
  const bar = document.querySelector("template#newer");
  if (!(bar instanceof HTMLTemplateElement)) return;
  document.body.append(bar.content.cloneNode(true));
  const shown = /** @type {HTMLElement} */ (document.body.lastElementChild);
  /** @type {HTMLElement} */ (shown.querySelector("[data-do=reload]")).onclick = accept;
  /** @type {HTMLElement} */ (shown.querySelector("[data-do=later]")).onclick = () => shown.remove();
}
