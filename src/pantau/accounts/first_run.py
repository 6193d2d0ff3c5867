"""The first admin: a link that works once, instead of a password that everybody knows."""

from pantau.accounts.client import Client
from pantau.accounts.sessions.service import SignedIn


class FirstRun:
    """Makes and redeems links to `/admin/welcome?token=…`."""

    async def link_if_needed(self) -> str | None:
        """Return the path of a fresh link while there is no admin; older links die."""
        raise NotImplementedError

    async def recovery_link(self) -> str:
        """Return the path of a link that works although admins exist."""
        raise NotImplementedError

    async def is_valid(self, token: str) -> bool:
        """Tell whether `token` can be redeemed still."""
        raise NotImplementedError

    async def redeem(self, token: str, username: str, password: str, client: Client) -> SignedIn:
        """Make the admin and sign them in; of two at once one gets NotFound.

        With a recovery link, an existing `username` gets the new password and the role instead.
        """
        raise NotImplementedError
