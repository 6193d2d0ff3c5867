"""Addresses as operators see them: without passwords, and good to be sent back."""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Final
from urllib.parse import quote

from pantau.cameras.addresses import MASK, Address, address_of

_SECRET: Final = re.compile(
    # name=value in a query or, as many recorders have it, in the path: user=a_password=b_channel=1
    # Lengths are bounded: people choose these texts, and a search must not cost the cube of them.
    r"(?P<name>[\w.%-]{0,80}?"
    r"(?:pass|pwd|psw|token|secret|auth|sig|key|cred|cookie|session)[\w.%-]{0,80}+|\bpw)"
    r"=(?P<value>[^&/?#;]*?)(?=[&/?#;]|_[A-Za-z]+=|$)",
    re.IGNORECASE,
)


class MaskError(ValueError):
    """A mask came back where nothing is stored that it could stand for."""


def masked(written: str) -> str:
    """Return `written` with `***` for its password and for what looks like one in its path.

    Of what cannot be read nothing is shown.
    """
    try:
        address = address_of(written)
    except ValueError:
        return MASK if written else ""
    return replace(address, rest=_hidden(address.rest)).with_password_as(MASK)


def unmasked(written: str, stored: str) -> Address:
    """Return the address that is meant by `written`, with what `stored` has for its masks.

    Raises ValueError for what is no address, MaskError for masks that stand for nothing: a stored
    password goes to nobody but the user and the host that it was typed for.
    """
    address = address_of(written)
    holes = [found for found in _SECRET.finditer(address.rest) if found["value"] == MASK]
    if not address.hides_password and not holes:
        return address
    known = _known(stored)
    if known is None or (address.user, address.origin) != (known.user, known.origin):
        raise MaskError("Type the password again: the stored one is for another address.")
    if address.hides_password:
        if known.password is None:
            raise MaskError("Type the password: none is stored.")
        address = replace(address, password=known.password, hides_password=False)
    return replace(address, rest=_filled(address.rest, known.rest)) if holes else address


def is_same(address: Address, stored: str) -> bool:
    """Tell whether `stored` means `address`, however it is written."""
    known = _known(stored)
    return known is not None and known.text == address.text


def origins(*addresses: str) -> frozenset[tuple[str, str, int | None]]:
    """Return what `addresses` lead to: scheme, host and port of each that is one."""
    return frozenset(address.origin for each in addresses if (address := _known(each)) is not None)


def secrets_in(written: str) -> Iterator[str]:
    """Yield every secret in an address, as it is and as it is written."""
    address = _known(written)
    if address is None:
        return
    if address.password:
        yield address.password
        yield quote(address.password, safe="")
    for found in _SECRET.finditer(address.rest):
        if found["value"]:
            yield found["value"]


def _hidden(rest: str) -> str:
    return _SECRET.sub(lambda found: f"{found['name']}={found['value'] and MASK}", rest)


def _filled(rest: str, stored: str) -> str:
    known: dict[str, list[str]] = {}
    for found in _SECRET.finditer(stored):
        known.setdefault(found["name"].lower(), []).append(found["value"])

    def fill(found: re.Match[str]) -> str:
        values = known.get(found["name"].lower(), [])
        value = values.pop(0) if values else None
        if found["value"] != MASK:
            return found[0]
        if value is None:
            raise MaskError(f"Type the value of {found['name']} again: none is stored.")
        return f"{found['name']}={value}"

    return _SECRET.sub(fill, rest)


def _known(written: str) -> Address | None:
    try:
        return address_of(written) if written else None
    except ValueError:
        return None
