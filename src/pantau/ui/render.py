"""Draws pages: one template environment per language, with the few things every page needs."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from pantau.ui import numbers, times
from pantau.ui.i18n import Language, Texts, forget_other_languages, languages, speech_of
from pantau.ui.site import Site
from pantau.web.assets import Assets


class Pages:
    """Turns a template's name and its values into HTML; about a millisecond a page.

    `site` is asked for every page: an operator may have changed it since the last one.
    """

    def __init__(
        self, *, assets: Assets, site: Callable[[], Site], now: Callable[[], datetime]
    ) -> None:
        self._site = site
        self.now = now
        self.speeches = tuple(speech_of(name) for name in languages())
        """The languages that pages are read in, as menus list them."""
        self.texts: Mapping[Language, Texts] = {
            speech.language: Texts(speech.language) for speech in self.speeches
        }
        self._environments = {name: self._environment(name, assets) for name in self.texts}
        forget_other_languages()

    @property
    def site(self) -> Site:
        """What the hub says of itself at this moment."""
        return self._site()

    def render(self, template: str, language: Language, values: Mapping[str, Any]) -> bytes:
        """Return the page; a value that the template needs and `values` lacks is an error."""
        page = self._environments[language].get_template(template)
        site = self.site
        common = {"language": language, "site": site, "own_texts": site.texts[language]}
        return page.render(**common, **values).encode()

    def today(self) -> date:
        """Return the date in the operator's zone."""
        return self.now().astimezone(self.site.zone).date()

    def since(self, at: datetime, language: Language) -> str:
        """Return since when something has lasted, for a label."""
        yesterday = self.texts[language].gettext("yesterday")
        return times.since(at, self.now(), self.site.zone, language, yesterday=yesterday)

    def moment(self, at: datetime, language: Language) -> str:
        """Return when something was or will be, for a table."""
        yesterday = self.texts[language].gettext("yesterday")
        return times.moment(at, self.now(), self.site.zone, language, yesterday=yesterday)

    def _environment(self, language: Language, assets: Assets) -> Environment:
        environment = Environment(
            loader=PackageLoader("pantau.ui"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            extensions=["jinja2.ext.i18n"],
            # Templates do not change while we run; looking would cost a system call a page.
            auto_reload=False,
        )
        texts = self.texts[language]
        environment.install_gettext_translations(texts, newstyle=True)  # type: ignore[attr-defined]  # by the extension
        environment.globals.update(
            asset=assets.url,
            build=assets.build,
            import_map=assets.import_map,
            zone_name=lambda: times.zone_name(self.site.zone, self.now()),
            clock=lambda at: times.clock(at, self.site.zone, language),
            since=lambda at: self.since(at, language),
            moment=lambda at: self.moment(at, language),
            full_moment=lambda at: times.full(at, self.site.zone, language),
            decimal=lambda value: numbers.decimal(value, language),
            speech=speech_of(language),
            other_languages=tuple(each for each in self.speeches if each.language != language),
        )
        return environment
