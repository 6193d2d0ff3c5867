// The picture that is shown as a file, and the moment as a link: fetched when somebody wants one of them.
import { pictureFile, save } from "pantau/picture_file";

/** @typedef {import("pantau/playback_page").PantauPlayback} Page */

/** @param {Page} page */
export async function snapshot(page) {
  const { player, wording } = page;
  const picture = player?.dataset.path === "still" ? player.still : player?.video;
  if (!picture || !wording) return;
  const { at } = page.course;
  const blob = await pictureFile(picture, page.dataset);
  if (blob === null) return page.say("sayNoPicture");
  const time = `${wording.date(at)}_${wording.time(at).replaceAll(/\D/g, "-")}_${wording.zoneName}`;
  save(blob, `${page.dataset.slug}_${time}.jpg`);
}

/** @param {Page} page */
export async function share(page) {
  const url = page.link;
  const at = page.clock(page.course.at);
  page.note();
  try {
    if (navigator.share && matchMedia("(pointer: coarse)").matches) {
      return await navigator.share({ title: document.title, url });
    }
    await navigator.clipboard.writeText(url);
    page.say("sayCopied", { at });
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") return;
    // Without HTTPS, or refused: the link can be copied by hand.
    page.say("sayLink", { at, link: url });
  }
}
