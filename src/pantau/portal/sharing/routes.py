"""Everything with which cameras leave the portal: pictures for chats, frames, codes, oEmbed."""

from pantau.cameras.service import Catalogue
from pantau.core.clock import Clock
from pantau.portal.kept_pages import KeptPages
from pantau.portal.sharing.cards import Cards, Stills
from pantau.portal.sharing.embed import EmbedPage
from pantau.portal.sharing.links import Rules
from pantau.portal.sharing.oembed import OEmbed
from pantau.portal.sharing.qr_codes import QrCodes
from pantau.ui.render import Pages
from pantau.web.client_address import ClientAddresses
from pantau.web.exchange import Route


class SharePages:
    """The routes of all of them.  Loop only."""

    def __init__(
        self,
        catalogue: Catalogue,
        pages: Pages,
        kept: KeptPages,
        *,
        rules: Rules,
        stills: Stills,
        clock: Clock,
        clients: ClientAddresses,
        public_url: str = "",
    ) -> None:
        self.embed = EmbedPage(catalogue, pages, kept, rules=rules, public_url=public_url)
        self.cards = Cards(catalogue, pages, stills, rules=rules, clock=clock)
        self.codes = QrCodes(catalogue, pages, clients=clients, public_url=public_url)
        self.oembed = OEmbed(catalogue, pages, rules=rules, clients=clients, public_url=public_url)

    def exact(self) -> dict[str, Route]:
        """Return the routes for whole addresses."""
        return self.oembed.exact()

    def prefixes(self) -> dict[str, Route]:
        """Return the routes for beginnings of addresses."""
        return {
            **self.embed.prefixes(),
            **self.cards.prefixes(),
            **self.codes.prefixes(),
        }
