"""The page on which a camera's footage is found and replayed."""

from collections.abc import Awaitable, Sequence
from typing import Final, Protocol

from pantau.cameras.models import PublicCamera
from pantau.cameras.service import Catalogue
from pantau.recordings.models import Reach, Span
from pantau.ui.render import Pages
from pantau.web.client_address import ClientAddresses
from pantau.web.csrf import CsrfTokens
from pantau.web.exchange import HotRequest, Reply, Route

PREFIX: Final = "/rekaman/"


def playback_url(camera: PublicCamera) -> str:
    """Return the one true address of a camera's footage; `?t=` and a UTC second name a moment."""
    return f"{PREFIX}{camera.id}-{camera.slug}"


class Rights(Protocol):
    """Whoever decides what somebody may replay."""

    def reach(self, request: HotRequest, camera_id: int) -> Awaitable[Reach]:
        """Return what of this camera, which may not even be there, whoever asks may replay."""
        ...


class Footage(Protocol):
    """Whoever knows what was recorded."""

    def runs(self, camera_id: int, span: Span, reach: Reach) -> Awaitable[Sequence[Span]]:
        """Return the stretches with footage in `span` as far as `reach` goes, in order."""
        ...

    def last_name(self, camera_id: int) -> Awaitable[str | None]:
        """Return what a camera that was removed was called; None: it left no footage."""
        ...


class PlaybackPages:
    """Answers with the page.  Drawn for each visitor: what they may see differs.  Loop only."""

    def __init__(
        self,
        *,
        catalogue: Catalogue,
        pages: Pages,
        rights: Rights,
        footage: Footage,
        csrf: CsrfTokens,
        clients: ClientAddresses,
    ) -> None:
        self._catalogue = catalogue
        self._pages = pages
        self._rights = rights
        self._footage = footage
        self._csrf = csrf
        self._clients = clients

    def exact(self) -> dict[str, Route]:
        """Return the routes for whole addresses."""
        return {}

    def prefixes(self) -> dict[str, Route]:
        """Return the route for what follows PREFIX."""
        return {PREFIX: Route(self.show)}

    async def show(self, request: HotRequest) -> Reply:
        """Answer with one camera's page, at its one true address."""
        raise NotImplementedError
