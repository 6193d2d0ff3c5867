// What a device bears: lite mode is asked first, then phones by what they tell of themselves, then the screen.
import { isLite } from "pantau/island";

/** How many players this device is asked to bear at once. */
export function mostAtOnce() {
  if (isLite()) return 1;
  const { hardwareConcurrency: cores = 8, deviceMemory: memory_gib = 8 } =
    /** @type {{ hardwareConcurrency?: number, deviceMemory?: number }} */ (navigator);
  const isHandheld = matchMedia("(pointer: coarse)").matches && Math.min(screen.width, screen.height) < 600;
  if (isHandheld && (cores <= 4 || memory_gib <= 4)) return 2;
  return matchMedia("(max-width: 47.99rem)").matches ? 4 : 9;
}
