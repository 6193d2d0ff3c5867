// The service worker of a hub whose operator wants no app: ends the one before it, forgets what that kept, and leaves.
// It takes no request, so nothing that runs is interrupted.
self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(leave()));

async function leave() {
  for (const name of await caches.keys()) if (name.startsWith("pantau-")) await caches.delete(name);
  await self.registration.unregister();
}
