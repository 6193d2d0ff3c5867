"""The settings of the site: names and texts, looks, map, time, privacy, visitors' voice."""

from collections.abc import Mapping
from typing import Annotated, Any, Final
from zoneinfo import available_timezones

from fastapi import Depends, Request, Response
from starlette.datastructures import UploadFile

from pantau.admin.flashes import Said
from pantau.admin.frame import HIDDEN, Frame, Look
from pantau.admin.settings_fields import SECTIONS, groups_of, section_titles
from pantau.admin.settings_form import changes, shown_values, typed_values
from pantau.admin.typed import read_typed
from pantau.audit.actors import Actor
from pantau.audit.events import AdminAction
from pantau.core.errors import Invalid, NotFound
from pantau.core.pictures import MOST_UPLOAD_BYTES
from pantau.site.colours import reading_of, theme_of
from pantau.site.editing import SiteEditing
from pantau.site.theme import theme_path
from pantau.site.values import MAP_CENTER, ZONE
from pantau.ui.markdown import rendered
from pantau.web.access import admins, viewers
from pantau.web.endpoints import Endpoints, current_principal
from pantau.web.principal import Principal

SETTINGS: Final = "/admin/settings"
_ROOM: Final = 64 * 1024
_COLOUR: Final = "branding.primary_color"
_Who = Annotated[Principal, Depends(current_principal)]


class SettingsPages:
    """One page for every section.  Everybody in the admin looks, admins change."""

    def __init__(self, frame: Frame, editing: SiteEditing) -> None:
        self._frame = frame
        self._editing = editing

    def declare(self, add: Endpoints) -> None:
        """Declare the pages."""
        one, look, write = "/settings/{section}", viewers(), admins()
        add.get("/settings", access=look, **HIDDEN)(self.first)
        add.post("/settings/looks/logo", access=write, **HIDDEN)(self.logo)
        add.post("/settings/looks/icon", access=write, **HIDDEN)(self.icon)
        add.get(one, access=look, **HIDDEN)(self.show)
        add.post(one, access=write, **HIDDEN)(self.save)
        add.get(f"{one}/reset", access=write, **HIDDEN)(self.ask_to_reset)
        add.post(f"{one}/reset", access=write, **HIDDEN)(self.reset)

    async def first(self, request: Request, who: _Who) -> Response:
        """Show the first section."""
        return await self.show(SECTIONS[0], request, who)

    async def show(self, section: str, request: Request, who: _Who) -> Response:
        """Show a section."""
        groups = groups_of(_known(section), self._frame.wording(request))
        texts = shown_values(groups, await self._editing.site.values())
        return self._draw(request, section, texts, who=who)

    async def save(self, section: str, request: Request, who: _Who) -> Response:
        """Save a section, or show how it would look."""
        speak = self._frame.wording(request)
        groups = groups_of(_known(section), speak)
        typed = await read_typed(request)
        texts = typed_values(groups, typed)
        values = await self._editing.site.values()
        changed, wrong = changes(groups, texts, values, has_center=section == "map")
        if "map_center" in wrong:
            wrong["map_center"] = (speak("This is no place: latitude, longitude, zoom 1 to 20."),)
        if wrong or typed.is_checked("preview"):
            status = 400 if wrong else 200
            return self._draw(request, section, texts, who=who, mistakes=wrong, status=status)
        if changed:
            is_zone = set(changed) == {ZONE}
            action = AdminAction.TIMEZONE_UPDATED if is_zone else AdminAction.SETTINGS_UPDATED
            await self._editing.save(
                changed, by=self._by(request), action=action, target=f"settings ({section})"
            )
        return self._frame.go(request, f"{SETTINGS}/{section}", Said(speak("Saved.")))

    async def ask_to_reset(self, section: str, request: Request) -> Response:
        """Ask before a section becomes as it was at the beginning."""
        values = self._named(request, _known(section))
        return self._frame.draw(request, "settings_reset.html", values)

    async def reset(self, section: str, request: Request) -> Response:
        """Have the defaults hold again for a section."""
        speak = self._frame.wording(request)
        groups = groups_of(_known(section), speak)
        keys = [asked.key for group in groups for asked in group.fields]
        if section == "map":
            keys.append(MAP_CENTER)
        await self._editing.reset(
            keys,
            by=self._by(request),
            action=AdminAction.SETTINGS_UPDATED,
            target=f"settings ({section})",
        )
        return self._frame.go(
            request, f"{SETTINGS}/{section}", Said(speak("The defaults hold again."))
        )

    async def logo(self, request: Request, who: _Who) -> Response:
        """Show another logo, or ours."""
        return await self._picture(request, who, "logo")

    async def icon(self, request: Request, who: _Who) -> Response:
        """Show another icon, or ours."""
        return await self._picture(request, who, "icon")

    async def _picture(self, request: Request, who: Principal, name: str) -> Response:
        speak, editing, by = self._frame.wording(request), self._editing, self._by(request)
        data = await _uploaded(request)
        try:
            if data is None:
                take_down = {"logo": editing.take_down_logo, "icon": editing.take_down_icon}
                await take_down[name](by=by)
            else:
                show = {"logo": editing.show_logo, "icon": editing.show_icon}
                await show[name](data, by=by)
        except Invalid as problem:
            groups = groups_of("looks", speak)
            texts = shown_values(groups, await editing.site.values())
            mistakes = {name: (speak.sentence(problem.sentence),)}
            return self._draw(request, "looks", texts, who=who, mistakes=mistakes, status=400)
        return self._frame.go(request, f"{SETTINGS}/looks", Said(speak("Saved.")))

    def _draw(
        self,
        request: Request,
        section: str,
        texts: dict[str, str],
        *,
        who: Principal,
        mistakes: Mapping[str, tuple[str, ...]] | None = None,
        status: int = 200,
    ) -> Response:
        wrong, speak = mistakes or {}, self._frame.wording(request)
        groups = groups_of(section, speak)
        drafts = [
            (asked, rendered(texts[asked.key]))
            for group in groups
            for asked in group.fields
            if asked.kind == "markdown" and texts[asked.key] and asked.key not in wrong
        ]
        colour = texts.get(_COLOUR, "") if _COLOUR not in wrong else ""
        values = self._named(request, section) | {
            "groups": groups,
            "texts": texts,
            "mistakes": wrong,
            "drafts": drafts,
            "theme": theme_path(theme_of(colour)) if colour else "",
            "reading": reading_of(colour) if colour else None,
            "zones": sorted(available_timezones()) if section == "time" else (),
            "may_change": who.role == "admin",
        }
        return self._frame.draw(
            request, "settings.html", values, Look(status=status, here=f"{SETTINGS}/{section}")
        )

    def _named(self, request: Request, section: str) -> dict[str, Any]:
        titles = section_titles(self._frame.wording(request))
        return {"section": section, "titles": titles, "path": f"{SETTINGS}/{section}"}

    def _by(self, request: Request) -> Actor:
        return self._frame.asker(request).actor


async def _uploaded(request: Request) -> bytes | None:
    """Return the file of the form; None where our own picture is asked for again."""
    form = await request.form(max_files=1, max_fields=10, max_part_size=_ROOM)
    try:
        if form.get("remove"):
            return None
        file = form.get("file")
        return await file.read(MOST_UPLOAD_BYTES + 1) if isinstance(file, UploadFile) else b""
    finally:
        await form.close()


def _known(section: str) -> str:
    if section not in SECTIONS:
        raise NotFound("settings.unknown_section", "There is no such page.")
    return section
