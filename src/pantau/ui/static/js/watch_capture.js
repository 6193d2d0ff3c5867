// The picture of a watch page, kept or handed on: fetched when somebody wants it.
import { handOver, pictureFile } from "pantau/picture_file";

/** @param {import("pantau/island").Island} actions  whose `data-` attributes say how to name and to sign it */
export async function snapshot(actions) {
  const { slug, zone = "UTC", zoneName = "", sayNoPicture = "", saySaved = "", sign, signAt, signOpacity } = actions.dataset;
  const said = actions.need("kept", HTMLElement);
  const at = takenAt();
  const picture = shownPicture();
  const blob = picture && (await pictureFile(picture, { mark: sign, markAt: signAt, markOpacity: signOpacity }));
  if (!blob) return (said.textContent = sayNoPicture);
  // Swedes write the date as files are sorted.
  const time = new Intl.DateTimeFormat("sv-SE", { timeZone: zone, dateStyle: "short", timeStyle: "medium" }).format(at);
  const what = await handOver(blob, `${slug}-${time.replaceAll(/\D+/g, "-")}.jpg`);
  const clock = new Intl.DateTimeFormat(document.documentElement.lang, { timeZone: zone, timeStyle: "medium" }).format(at);
  if (what === "saved") said.textContent = saySaved.replace("{time}", `${clock} ${zoneName}`.trim());
}

/** Stills lie over the video; a video without a picture has no size. @returns {HTMLVideoElement | HTMLImageElement | null} */
function shownPicture() {
  const still = document.querySelector(".player [data-part=still]:not([hidden])");
  if (still instanceof HTMLImageElement) return still;
  return document.querySelector(".player video");
}

/** When the shown picture was taken, as its clock says; else this moment. */
function takenAt() {
  const clock = document.querySelector("pantau-player [data-part=clock]:not([hidden])");
  const at = clock instanceof HTMLTimeElement ? new Date(clock.dateTime) : new Date();
  return Number.isNaN(at.getTime()) ? new Date() : at;
}
