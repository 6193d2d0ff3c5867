"""How passwords are kept: argon2id, with imported bcrypt hashes understood until they are used."""


class PasswordHasher:
    """Hashes and verifies in at most two threads, so that the loop goes on meanwhile.

    Threads outside `media` are allowed here: one hash takes 30 ms of a core, and the library lets
    the interpreter go meanwhile.  No more than two at once, 19 MiB each; `most_waiting` more may
    queue, others are refused with `Throttled`.
    """

    def __init__(self, *, most_waiting: int = 40) -> None:
        raise NotImplementedError

    async def hash(self, password: str) -> str:
        """Return the argon2id hash to keep."""
        raise NotImplementedError

    async def verify(self, password: str, password_hash: str) -> bool:
        """Tell whether `password_hash` was made from `password`; false for a damaged hash."""
        raise NotImplementedError

    async def verify_nothing(self, password: str) -> None:
        """Take as long as `verify` does, for a user who does not exist."""
        raise NotImplementedError

    def needs_upgrade(self, password_hash: str) -> bool:
        """Tell whether the hash is weaker than what `hash` makes."""
        raise NotImplementedError

    def close(self) -> None:
        """Let the threads end."""
        raise NotImplementedError
