// The picture that is shown as a file, and the moment as a link: fetched when somebody wants one of them.

/** @typedef {import("pantau/playback_page").PantauPlayback} Page */

const QUALITY = 0.92;

/** @param {Page} page */
export function snapshot(page) {
  const { player, wording } = page;
  const isStill = player?.dataset.path === "still";
  const picture = isStill ? player?.still : player?.video;
  if (!picture || !player || !wording) return;
  const [width, height] = picture instanceof HTMLVideoElement ? [picture.videoWidth, picture.videoHeight] : [picture.naturalWidth, picture.naturalHeight];
  if (width === 0) return page.say("sayNoPicture");
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [width, height];
  const brush = canvas.getContext("2d");
  brush?.drawImage(picture, 0, 0);
  if (brush) sign(brush, page.dataset);
  const { at } = page.course;
  const time = `${wording.date(at)}_${wording.time(at).replaceAll(/\D/g, "-")}_${wording.zoneName}`;
  canvas.toBlob((blob) => blob && save(blob, `${page.dataset.slug}_${time}.jpg`), "image/jpeg", QUALITY);
}

/**
 * Write the operator's line into a corner.
 * @param {CanvasRenderingContext2D} brush @param {DOMStringMap} said
 */
function sign(brush, said) {
  if (!said.mark) return;
  const { width, height } = brush.canvas;
  const size = Math.max(12, Math.round(height / 28));
  const [edge, side] = (said.markAt ?? "bottom-right").split("-");
  brush.font = `600 ${size}px system-ui, sans-serif`;
  brush.textAlign = side === "left" ? "left" : "right";
  brush.textBaseline = edge === "top" ? "top" : "bottom";
  brush.globalAlpha = Number(said.markOpacity ?? 1);
  // Readable on snow and at night: light letters with a dark rim.
  brush.lineWidth = size / 6;
  brush.strokeStyle = "#000";
  brush.fillStyle = "#fff";
  const [x, y] = [side === "left" ? size : width - size, edge === "top" ? size : height - size];
  brush.strokeText(said.mark, x, y, width - 2 * size);
  brush.fillText(said.mark, x, y, width - 2 * size);
}

/** @param {Blob} blob @param {string} name */
function save(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
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
