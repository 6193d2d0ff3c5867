"""The form of a sponsor: what was typed, what it means, and what it holds at first."""

import asyncio
import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

from babel.numbers import format_compact_decimal, format_decimal
from fastapi import Request
from starlette.datastructures import UploadFile

from pantau.admin.typed import Typed, checked
from pantau.core.pictures import MOST_UPLOAD_BYTES, Picture, reencoded
from pantau.sponsors.inputs import SponsorInput
from pantau.sponsors.service import LOGO_PX
from pantau.sponsors.values import Sponsor
from pantau.ui.i18n import Language

FIELDS: Final = (
    "name",
    "url",
    "package",
    "price",
    "start_date",
    "end_date",
    "contact_name",
    "contact_email",
    "contact_phone",
    "notes",
)
KNOWN: Final = (*FIELDS, "active", "logo")
_LONG: Final = 5_000
_MOST_FIELDS: Final = 40
_GROUPED: Final = re.compile(r"\d{1,3}(?P<dot>[.,])\d{3}((?P=dot)\d{3})*", re.ASCII)


async def read_form(request: Request) -> tuple[Typed, bytes]:
    """Return the fields of the form and the logo that came with it."""
    form = await request.form(max_files=1, max_fields=_MOST_FIELDS, max_part_size=64 * 1024)
    try:
        pairs = [(name, value) for name, value in form.multi_items() if isinstance(value, str)]
        file = form.get("logo")
        if isinstance(file, UploadFile) and file.size:
            return Typed(pairs), await file.read(MOST_UPLOAD_BYTES + 1)
    finally:
        await form.close()
    return Typed(pairs), b""


def body_of(typed: Typed) -> SponsorInput:
    """Return what a form means; raises Invalid with the field that is wrong."""
    values: dict[str, object] = {name: typed.secret(name, most=_LONG) for name in FIELDS}
    values["price"] = plain_amount(typed.text("price"))
    values["active"] = typed.is_checked("active")
    if typed.is_checked("drop_logo"):
        values["logo"] = ""
    return checked(SponsorInput, values)


def shown(sponsor: Sponsor | None, language: Language) -> Typed:
    """Return the form as it is first seen."""
    if sponsor is None:
        return Typed([("active", "1"), ("package", "bronze")])
    texts = {
        "name": sponsor.name,
        "url": sponsor.url,
        "package": sponsor.package,
        "price": "" if sponsor.price is None else format_decimal(sponsor.price, locale=language),
        "start_date": "" if sponsor.start_on is None else sponsor.start_on.isoformat(),
        "end_date": "" if sponsor.end_on is None else sponsor.end_on.isoformat(),
        "contact_name": sponsor.contact_name,
        "contact_email": sponsor.contact_email,
        "contact_phone": sponsor.contact_phone,
        "notes": sponsor.notes,
    }
    return Typed([*texts.items(), *([("active", "1")] if sponsor.active else [])])


def values_of(typed: Typed) -> Mapping[str, object]:
    """Return the form for a template."""
    texts: dict[str, object] = {name: typed.secret(name, most=_LONG) for name in FIELDS}
    return texts | {name: typed.is_checked(name) for name in ("active", "drop_logo")}


async def logo_of(uploaded: bytes) -> Picture | None:
    """Return the uploaded logo, made anew; raises Invalid for what is none."""
    if not uploaded:
        return None
    return await asyncio.to_thread(partial(reencoded, uploaded, field="logo", most_px=LOGO_PX))


def plain_amount(text: str) -> str:
    """Return an amount as programs write it: people write "Rp 1.500.000"."""
    bare = "".join(text.removeprefix("Rp").split())
    if _GROUPED.fullmatch(bare):
        return re.sub(r"[.,]", "", bare)
    return bare.replace(",", ".")


def rupiah(amount: float, language: Language) -> str:
    """Return an amount for people."""
    return f"Rp\N{NO-BREAK SPACE}{format_decimal(amount, locale=language)}"


def short_rupiah(amount: float, language: Language) -> str:
    """Return about that amount, in few letters: 12,5 jt."""
    short = format_compact_decimal(amount, locale=language, fraction_digits=1)
    return f"Rp\N{NO-BREAK SPACE}{short}"


def known_sentences(_: Callable[[str], str]) -> tuple[str, ...]:
    """Return what services and inputs say here, so that catalogues translate it."""
    return (
        _("There is no such sponsor."),
        _("There is a sponsor of this name."),
        _("There are 500 sponsors. Delete an old one."),
        _("This camera has no sponsor."),
        _("Upload the logo on the page of the sponsor."),
        _("Write a whole e-mail address."),
        _("Write a day of the calendar as 2026-12-31."),
        _("Write an amount in rupiah, in digits."),
        _("Write the address of the page first."),
    )
