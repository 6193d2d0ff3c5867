"""Playback tokens: which there are, making one, changing and revoking it, its devices."""

from dataclasses import dataclass
from typing import Annotated, Final
from urllib.parse import urlsplit

from fastapi import Depends, Request, Response

from pantau.accounts.sessions.devices import device_name
from pantau.admin.flashes import Said
from pantau.admin.frame import HIDDEN, Frame, Look
from pantau.admin.playback_token_forms import TokenForm, ends_in_days
from pantau.admin.playback_token_words import EVERY_END, EVERY_WINDOW, end_words, share_text
from pantau.admin.typed import checked, read_typed
from pantau.admin.users import ListAreas, area_names
from pantau.cameras.service import Catalogue
from pantau.core.clock import Clock
from pantau.core.errors import Conflict, Forbidden, Invalid, Problem
from pantau.core.names import natural_key
from pantau.recordings.rights.links import link_path
from pantau.recordings.rights.schemas import TokenChange, TokenInput
from pantau.recordings.rights.tokens import ListedToken, PlaybackTokens
from pantau.recordings.rights.values import PlaybackToken
from pantau.ui.qr import qr_svg
from pantau.web.access import operators
from pantau.web.client_address import ClientAddresses
from pantau.web.endpoints import Endpoints, current_principal
from pantau.web.envelope import RowNumber
from pantau.web.principal import Principal

TOKENS: Final = "/admin/playback-tokens"
_Who = Annotated[Principal, Depends(current_principal)]


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenServices:
    """What the pages show and change."""

    tokens: PlaybackTokens
    catalogue: Catalogue
    areas: ListAreas
    clients: ClientAddresses
    clock: Clock
    public_url: str


class TokenPages:
    """The playback tokens of this installation."""

    def __init__(self, frame: Frame, services: TokenServices) -> None:
        self._frame = frame
        self._services = services
        self._tokens = services.tokens

    def declare(self, add: Endpoints) -> None:
        """Declare the pages."""
        one = "/playback-tokens/{token_id}"
        add.get("/playback-tokens", access=operators(), **HIDDEN)(self.show)
        add.get("/playback-tokens/new", access=operators(), **HIDDEN)(self.ask)
        add.post("/playback-tokens/new", access=operators(), **HIDDEN)(self.create)
        add.get(one, access=operators(), **HIDDEN)(self.show_one)
        add.post(one, access=operators(), **HIDDEN)(self.save)
        add.get(f"{one}/revoke", access=operators(), **HIDDEN)(self.ask_to_revoke)
        add.post(f"{one}/revoke", access=operators(), **HIDDEN)(self.revoke)
        add.post(f"{one}/devices/{{device_id}}/end", access=operators(), **HIDDEN)(self.end_device)

    async def show(self, request: Request, who: _Who) -> Response:
        """List the tokens."""
        values = {
            "tokens": await self._tokens.all(who),
            "areas": await area_names(self._services.areas),
            "now": self._services.clock.now(),
        }
        return self._frame.draw(request, "playback_tokens.html", values)

    async def ask(self, request: Request, who: _Who) -> Response:
        """Show the form for a new token."""
        return await self._new(request, who, TokenForm.fresh(may_open_all=who.area_ids is None))

    async def create(self, request: Request, who: _Who) -> Response:
        """Make a token and show it, this once."""
        typed = await read_typed(request)
        try:
            wanted = checked(TokenInput, TokenForm.values_of(typed, with_code=True))
            token, text = await self._tokens.create(
                wanted.as_draft(self._services.clock.now()),
                code=wanted.code,
                by=self._frame.asker(request),
            )
        except (Invalid, Conflict, Forbidden) as problem:
            return await self._new(request, who, TokenForm.typed(typed), problem=problem)
        return self._made(request, token, text)

    async def show_one(self, token_id: RowNumber, request: Request, who: _Who) -> Response:
        """Show a token with its devices."""
        listed = await self._tokens.one(token_id, who)
        return await self._one(request, who, listed, TokenForm.of(listed.token))

    async def save(self, token_id: RowNumber, request: Request, who: _Who) -> Response:
        """Change a token."""
        typed = await read_typed(request)
        listed = await self._tokens.one(token_id, who)
        try:
            values = TokenForm.values_of(typed, with_code=False)
            if ends_in_days(typed) is None and typed.text("ends") == "keep":
                values["expires_at"] = listed.token.expires_at
            wanted = checked(TokenChange, values)
            await self._tokens.change(
                token_id,
                wanted.as_draft(self._services.clock.now()),
                by=self._frame.asker(request),
            )
        except (Invalid, Conflict, Forbidden) as problem:
            form = TokenForm.typed(typed)
            return await self._one(request, who, listed, form, problem=problem)
        speak = self._frame.wording(request)
        return self._frame.go(request, f"{TOKENS}/{token_id}", Said(speak("Saved.")))

    async def ask_to_revoke(self, token_id: RowNumber, request: Request, who: _Who) -> Response:
        """Ask before a token ends; for browsers without a script."""
        listed = await self._tokens.one(token_id, who)
        return self._frame.draw(request, "playback_token_revoke.html", {"token": listed.token})

    async def revoke(self, token_id: RowNumber, request: Request) -> Response:
        """End a token for good."""
        await self._tokens.revoke(token_id, by=self._frame.asker(request))
        speak = self._frame.wording(request)
        return self._frame.go(request, TOKENS, Said(speak("The playback token was revoked.")))

    async def end_device(
        self, token_id: RowNumber, device_id: RowNumber, request: Request
    ) -> Response:
        """End a device."""
        await self._tokens.end_device(token_id, device_id, by=self._frame.asker(request))
        speak = self._frame.wording(request)
        return self._frame.go(
            request, f"{TOKENS}/{token_id}", Said(speak("The device was signed off."))
        )

    def _made(self, request: Request, token: PlaybackToken, text: str) -> Response:
        speak = self._frame.wording(request)
        url = f"{self._base(request)}{link_path(text)}"
        values = {
            "token": token,
            "text": text,
            "url": url,
            "message": share_text(token, url, site=self._frame.pages.site.name, speak=speak),
            "qr_svg": qr_svg(url),
        }
        return self._frame.draw(request, "playback_token_made.html", values, Look(here=TOKENS))

    async def _new(
        self, request: Request, who: Principal, form: TokenForm, *, problem: Problem | None = None
    ) -> Response:
        values = await self._form_values(request, who, form, problem)
        return self._frame.draw(request, "playback_token_new.html", values, _look(problem))

    async def _one(
        self,
        request: Request,
        who: Principal,
        listed: ListedToken,
        form: TokenForm,
        *,
        problem: Problem | None = None,
    ) -> Response:
        devices = await self._tokens.devices(listed.token.id, who)
        values = await self._form_values(request, who, form, problem)
        values |= {
            "token": listed.token,
            "in_use": listed.devices,
            "is_live": listed.token.is_live(self._services.clock.now()),
            "devices": [(each, device_name(each.user_agent)) for each in devices],
            "end_words": end_words(self._frame.wording(request)),
        }
        return self._frame.draw(request, "playback_token.html", values, _look(problem))

    async def _form_values(
        self, request: Request, who: Principal, form: TokenForm, problem: Problem | None
    ) -> dict[str, object]:
        speak = self._frame.wording(request)
        names = await area_names(self._services.areas)
        cameras = [
            (camera.id, camera.name, names.get(camera.area_id or -1, ""))
            for camera in self._services.catalogue.all()
            if who.may_change_area(camera.area_id)
        ]
        return {
            "form": form,
            "may_open_all": who.area_ids is None,
            "cameras": sorted(
                cameras, key=lambda each: (natural_key(each[2]), natural_key(each[1]))
            ),
            "areas": {key: name for key, name in names.items() if who.may_change_area(key)},
            "every_window": EVERY_WINDOW,
            "every_end": EVERY_END,
            "mistakes": (
                {} if problem is None else speak.mistakes(problem, known=TokenForm.FIELDS)
            ),
        }

    def _base(self, request: Request) -> str:
        """Return where this hub is reached: as the settings say it, else as who asks does."""
        if self._services.public_url:
            return self._services.public_url.rstrip("/")
        host = request.headers.get("host", "")
        scheme = self._services.clients.scheme(request.scope)
        base = f"{scheme}://{host}"
        return base if urlsplit(base).netloc == host else ""


def _look(problem: Problem | None) -> Look:
    return Look(status=200 if problem is None else problem.status)
