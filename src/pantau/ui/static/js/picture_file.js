// A picture of a page as a file, with the operator's line on it.

const QUALITY = 0.92;

/** @typedef {{ mark?: string, markAt?: string, markOpacity?: string }} Mark  as the page's `data-` attributes say it */

/** Draw what is shown; null: there is nothing yet. @param {HTMLVideoElement | HTMLImageElement} picture @param {Mark} said @returns {Promise<Blob | null>} */
export async function pictureFile(picture, said) {
  const [width, height] = picture instanceof HTMLVideoElement ? [picture.videoWidth, picture.videoHeight] : [picture.naturalWidth, picture.naturalHeight];
  if (width === 0) return null;
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [width, height];
  const brush = canvas.getContext("2d");
  brush?.drawImage(picture, 0, 0);
  if (brush) sign(brush, said);
  return new Promise((done) => canvas.toBlob(done, "image/jpeg", QUALITY));
}

/** Write the operator's line into a corner. @param {CanvasRenderingContext2D} brush @param {Mark} said */
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
export function save(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

/** Give a file to the device's own sheet where that is usual, else keep it. @param {Blob} blob @param {string} name @returns {Promise<"shared" | "saved" | "refused">} */
export async function handOver(blob, name) {
  const files = [new File([blob], name, { type: blob.type })];
  if (matchMedia("(pointer: coarse)").matches && navigator.canShare?.({ files })) {
    try {
      await navigator.share({ files });
      return "shared";
    } catch (error) {
      if (error instanceof DOMException && error.name === "AbortError") return "refused";
    }
  }
  save(blob, name);
  return "saved";
}
