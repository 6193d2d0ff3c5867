"""Which passwords somebody had before, and that they do not have them again."""

from collections.abc import Sequence
from typing import Final

from pantau.accounts.passwords.hashing import PasswordHasher

KEPT: Final = 5
"""How many earlier passwords count, beside the one in use."""


async def was_used(hasher: PasswordHasher, password: str, hashes: Sequence[str]) -> bool:
    """Tell whether `password` made one of `hashes`; costs one verification each.

    Whatever goes wrong on the way is raised: a question that could not be answered is no
    permission.  Never call it inside `Database.write()`: it takes a fifth of a second.
    """
    for password_hash in hashes:
        if await hasher.verify(password, password_hash):
            return True
    return False
