"""Tables of people: users, their sessions, second factors and links for the first run."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column, validates

from pantau.db.base import Base, Number, UtcDateTime
from pantau.db.sealed_columns import sealed_as


def fold(username: str) -> str:
    """Return what two spellings of one user name have in common."""
    return username.strip().casefold()


class UserRow(Base):
    """Somebody who may sign in."""

    __tablename__ = "users"

    id: Mapped[int] = mapped_column(Number, primary_key=True)
    username: Mapped[str] = mapped_column(String(50))
    """As its owner writes it."""
    name_key: Mapped[str] = mapped_column(String(200), unique=True)
    """`fold(username)`, set with it: no two users differ in upper and lower case only."""
    password_hash: Mapped[str] = mapped_column(Text)
    """argon2id, or bcrypt as it was imported until the next sign-in."""
    role: Mapped[str] = mapped_column(String(16))
    has_all_areas: Mapped[bool] = mapped_column(default=True)
    """Whether an operator may change every area; else those in `user_areas`, perhaps none."""
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    disabled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """Set: may not sign in, answered like a wrong password; sessions ended when it was set."""
    password_changed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """Nothing: as old as the account."""
    last_login_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_login_address: Mapped[str | None] = mapped_column(String(64))
    totp_secret_sealed: Mapped[str | None] = mapped_column(
        Text, info=sealed_as("account.totp", row="id")
    )
    """There from the enrolment on; counts once `totp_enabled_at` is set."""
    totp_enabled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    totp_last_step: Mapped[int | None] = mapped_column(Number)
    """The 30 s step of the last code that was accepted: a code works once."""

    __table_args__ = (
        Index("ix_users_created_at_id", "created_at", "id"),
        # The trail names users by their numbers: one that was given is never given again.
        {"sqlite_autoincrement": True},
    )

    @validates("username")
    def _set_key(self, _: str, username: str) -> str:
        self.name_key = fold(username)
        return username


class UserAreaRow(Base):
    """One area that an operator may change."""

    __tablename__ = "user_areas"

    user_id: Mapped[int] = mapped_column(
        Number, ForeignKey("users.id", ondelete="CASCADE"), primary_key=True
    )
    area_id: Mapped[int] = mapped_column(
        Number, ForeignKey("areas.id", ondelete="CASCADE"), primary_key=True, index=True
    )


class PasswordHistoryRow(Base):
    """A password that somebody had before."""

    __tablename__ = "password_history"

    id: Mapped[int] = mapped_column(Number, primary_key=True)
    user_id: Mapped[int] = mapped_column(
        Number, ForeignKey("users.id", ondelete="CASCADE"), index=True
    )
    password_hash: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class SessionRow(Base):
    """One sign-in: the family of tokens that descends from it."""

    __tablename__ = "sessions"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[int] = mapped_column(Number, primary_key=True)
    user_id: Mapped[int] = mapped_column(
        Number, ForeignKey("users.id", ondelete="CASCADE"), index=True
    )
    family_hash: Mapped[str] = mapped_column(String(64), unique=True)
    """SHA-256 of the secret that is in every token of the family, and nowhere else."""
    generation: Mapped[int] = mapped_column(Integer, default=0)
    """Which pair of tokens is the current one."""
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    renewed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    """When the current pair was made."""
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    """The absolute end; renewing does not move it."""
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    address: Mapped[str] = mapped_column(String(64))
    user_agent: Mapped[str] = mapped_column(String(300))


class RecoveryCodeRow(Base):
    """A code that stands in once for a lost second factor."""

    __tablename__ = "recovery_codes"

    id: Mapped[int] = mapped_column(Number, primary_key=True)
    user_id: Mapped[int] = mapped_column(
        Number, ForeignKey("users.id", ondelete="CASCADE"), index=True
    )
    code_hash: Mapped[str] = mapped_column(String(64))
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class FirstRunLinkRow(Base):
    """A link that lets its holder become an admin, once."""

    __tablename__ = "first_run_links"

    id: Mapped[int] = mapped_column(Number, primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    is_recovery: Mapped[bool]
    """Made on the machine itself for somebody locked out: works although admins exist."""
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
