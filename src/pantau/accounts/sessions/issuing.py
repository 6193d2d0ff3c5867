"""What somebody gets who has signed in: tokens of a session, and a mark for the device."""

from datetime import datetime, timedelta
from typing import Final

from pantau.accounts.account_rows import Account
from pantau.accounts.known_devices import KnownDevices
from pantau.accounts.passwords.expiry import PasswordExpiry
from pantau.accounts.sessions.session_rows import Session
from pantau.accounts.sessions.tokens import Tokens
from pantau.accounts.sessions.values import SignedIn
from pantau.core.clock import Clock
from pantau.settings.model import AccountSettings


class Issuer:
    """Computes tokens; keeps nothing."""

    def __init__(
        self,
        tokens: Tokens,
        devices: KnownDevices,
        *,
        settings: AccountSettings,
        clock: Clock,
    ) -> None:
        self.tokens: Final = tokens
        self._devices = devices
        self._session_s = settings.session_s
        self._expiry = PasswordExpiry(settings.password_days, settings.password_warn_days)
        self._clock = clock

    def end_of(self, begun_at: datetime) -> datetime:
        """Return when a session that begins at `begun_at` ends, whatever is renewed."""
        return begun_at + timedelta(seconds=self._session_s)

    def signed_in(
        self, session: Session, family: bytes, *, generation: int, device_token: str = ""
    ) -> SignedIn:
        """Return the pair of this generation."""
        return SignedIn(
            user_id=session.user_id,
            username=session.username,
            role=session.role,
            session_id=session.id,
            access_token=self.tokens.make("access", family, generation),
            refresh_token=self.tokens.make("refresh", family, generation),
            device_token=device_token,
            password_age=self._expiry.judge(session.password_since, self._clock.now()),
        )

    def device_token(self, account: Account) -> str:
        """Return what marks a device as known to `account`."""
        return self._devices.make(account.name_key)
