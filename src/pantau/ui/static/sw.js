// The service worker: a page for when there is no network, and our own files without asking twice.  Nothing else:
// what is alive (streams, lists, the admin) never goes through here.  BUILD stands in front of it (portal/app/shell.py).
const worker = /** @type {ServiceWorkerGlobalScope} */ (/** @type {unknown} */ (self));
const CACHE = `pantau-${BUILD.shell}`;
const SHELL = [BUILD.offline, ...BUILD.files];
const MOST_KEPT = 200;

worker.addEventListener("install", (event) => event.waitUntil(keepShell()));
worker.addEventListener("activate", (event) => event.waitUntil(takeOver()));
worker.addEventListener("message", (event) => {
  // Only a visitor says so: a new worker under a page of the old build is how pages break (lesson F18).
  if (event.data === "take over") worker.skipWaiting();
});
worker.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== location.origin || request.headers.has("range")) return;
  if (BUILD.never.some((/** @type {string} */ path) => pathname === path || pathname.startsWith(`${path}/`))) return;
  if (pathname.startsWith(BUILD.assets)) event.respondWith(asset(event));
  else if (request.mode === "navigate") event.respondWith(page(event));
});

async function keepShell() {
  const cache = await caches.open(CACHE);
  await cache.addAll([new Request(BUILD.offline, { cache: "no-cache" }), ...BUILD.files]);
}

async function takeOver() {
  for (const name of await caches.keys()) if (name.startsWith("pantau-") && name !== CACHE) await caches.delete(name);
  // The page is asked for while the worker wakes up: it costs a slow phone no time.
  await worker.registration.navigationPreload?.enable();
}

/** The page from the network, and only without one the page that says so. @param {FetchEvent} event */
async function page(event) {
  try {
    const answer = (await event.preloadResponse) ?? (await fetch(event.request));
    // The visitor reads another language: so does the page that is kept.
    if (new URL(event.request.url).searchParams.has("lang")) event.waitUntil(keepShell().catch(() => {}));
    return answer;
  } catch {
    return (await caches.match(BUILD.offline, { cacheName: CACHE, ignoreVary: true })) ?? Response.error();
  }
}

/** A file of ours: its content decides its address, so a kept one is as good as a new one. @param {FetchEvent} event */
async function asset(event) {
  const cache = await caches.open(CACHE);
  const kept = await cache.match(event.request, { ignoreVary: true });
  if (kept) return kept;
  const answer = await fetch(event.request);
  // After an update an old address may lead to the newer file: that one is not to be kept.
  if (answer.ok && /immutable/.test(answer.headers.get("cache-control") ?? ""))
    event.waitUntil(keep(cache, event.request, answer.clone()));
  return answer;
}

/** @param {Cache} cache @param {Request} request @param {Response} answer */
async function keep(cache, request, answer) {
  try {
    await cache.put(request, answer);
    const others = (await cache.keys()).filter((each) => !SHELL.includes(new URL(each.url).pathname));
    await Promise.all(others.slice(0, -MOST_KEPT).map((oldest) => cache.delete(oldest)));
  } catch {
    // The device has no room: the browser's own cache does as well.
  }
}
