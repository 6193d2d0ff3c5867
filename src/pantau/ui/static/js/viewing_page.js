// Counts whoever watches where no player of ours shows the pictures: somebody else's page, or stills.
import { Viewing } from "pantau/viewing";

const shown = document.querySelector("[data-viewing]");
if (shown instanceof HTMLElement) new Viewing(Number(shown.dataset.viewing), new AbortController().signal).see("live");
