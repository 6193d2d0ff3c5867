// The page for when there is no network: looks whether the server is back, and then loads what was asked for.

const LOOK_EVERY_MS = 15_000;

async function look() {
  if (document.hidden) return;
  const answer = await fetch("/versi.json", { cache: "no-store" }).catch(() => null);
  if (answer?.ok) location.reload();
}
setInterval(look, LOOK_EVERY_MS);
addEventListener("online", look);
document.addEventListener("visibilitychange", look);
