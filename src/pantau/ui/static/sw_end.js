// The service worker of a hub whose operator wants no app: ends the one before it, forgets what that kept, and leaves.
// It takes no request, so nothing that runs is interrupted.
const last = /** @type {ServiceWorkerGlobalScope} */ (/** @type {unknown} */ (self));
last.addEventListener("install", () => last.skipWaiting());
last.addEventListener("activate", (event) => event.waitUntil(leave()));

async function leave() {
  for (const name of await caches.keys()) if (name.startsWith("pantau-")) await caches.delete(name);
  await last.registration.unregister();
}
