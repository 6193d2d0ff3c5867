// <camera-actions>: what a visitor can do with one camera besides watching it.
import { showFavourites, tapStar } from "pantau/favourites";
import { Island } from "pantau/island";

class CameraActions extends Island {
  start() {
    showFavourites(this);
    this.addEventListener("click", tapStar, { signal: this.gone });
  }
}

customElements.define("camera-actions", CameraActions);
