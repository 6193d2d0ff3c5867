"""Passwords that cost tests next to nothing; `tests.accounts.test_hashing` looks at real ones.

Thousands of sign-ins of a run would otherwise be 30 ms of a core each, in threads that step back
before everything else on the machine.
"""

from typing import Final

import pytest
from argon2 import PasswordHasher as Argon2

from pantau.accounts.passwords import hashing

_CHEAP: Final = {"_MEMORY_KIB": 64, "_ROUNDS": 1, "_PATIENCE": 0}
_REAL: Final = {name: getattr(hashing, name) for name in _CHEAP}

# For the whole run, and before any module is read: some hash while they are imported.
_of_this_run = pytest.MonkeyPatch()
for _name, _cost in _CHEAP.items():
    _of_this_run.setattr(hashing, _name, _cost)


@pytest.fixture
def real_password_cost(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let whatever hashes from here on do it as an installation does."""
    for name, cost in _REAL.items():
        monkeypatch.setattr(hashing, name, cost)


def hashed(password: str) -> str:
    """Return what the accounts of this run would keep."""
    cheap = Argon2(time_cost=_CHEAP["_ROUNDS"], memory_cost=_CHEAP["_MEMORY_KIB"], parallelism=1)
    return cheap.hash(password)
