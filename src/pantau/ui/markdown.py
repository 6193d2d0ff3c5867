"""What operators write with a little markup, as HTML that cannot do anything but be read."""

import re
from functools import lru_cache
from html.parser import HTMLParser
from typing import Final

from markupsafe import Markup

_TAGS: Final = {"p", "br", "strong", "em", "ul", "ol", "li", "a", "h3", "blockquote"}
_EMPTY_LINES: Final = re.compile(r"\n{3,}")
_MARKS_ALONE: Final = re.compile(r"[-*+#>][-*+#> ]*")
# A reference repeats a long address as often as somebody likes.
_LEFT_OUT: Final = [
    "image",
    "code",
    "fence",
    "backticks",
    "hr",
    "html_block",
    "html_inline",
    "reference",
]


_PLAIN: Final = re.compile(r"[^\W\d_](?:[^\W_]|[ .,;:?()'%/-])*")
"""One line without anything that could be a mark."""


@lru_cache(maxsize=64)
def rendered(text: str) -> Markup:
    """Return `text` as HTML: paragraphs, lists, bold, italic, small headings, https links.

    HTML in it stays text.  Two nets: the reader knows no HTML, and what it wrote passes an
    allow-list, so that a fault in either lets nothing through.
    """
    plain = text.strip()
    if not plain:
        return Markup()
    if _PLAIN.fullmatch(plain):
        return Markup(f"<p>{plain}</p>")  # noqa: S704 - none of its characters means anything
    return Markup(_read(text))  # noqa: S704 - the one place that made it harmless


def _read(text: str) -> str:
    # Seventy modules, for a hub whose operator has written more than a plain sentence.
    import nh3  # noqa: PLC0415
    from markdown_it import MarkdownIt  # noqa: PLC0415

    markdown = MarkdownIt("commonmark", {"html": False, "breaks": True}).disable(_LEFT_OUT)
    tokens = markdown.parse(text)
    for token in tokens:
        if token.type in {"heading_open", "heading_close"}:
            # Pages have headings of their own above it.
            token.tag = "h3"
    written: str = markdown.renderer.render(tokens, markdown.options, {})
    clean = nh3.clean(
        written,
        tags=_TAGS,
        attributes={"a": {"href"}},
        attribute_filter=_secure_link,
        url_schemes={"https"},
        link_rel="nofollow noopener",
    )
    return clean.strip()


def _secure_link(_tag: str, attribute: str, value: str) -> str | None:
    # The allow-list of schemes lets addresses without one pass.
    return value if attribute != "href" or value.startswith("https://") else None


def from_html(html: str) -> str:
    """Return the Markdown that `rendered` draws as `html`: for clients that know HTML only.

    Marks it does not know stay what they are: text.
    """
    words = _Words()
    words.feed(html)
    words.close()
    lines = (line.strip() for line in "".join(words.parts).split("\n"))
    # A line of nothing but marks would be an empty item around whatever comes next.
    lines = (line for line in lines if not _MARKS_ALONE.fullmatch(line))
    return _EMPTY_LINES.sub("\n\n", "\n".join(lines)).strip()


class _Words(HTMLParser):
    _AROUND: Final = {"strong": "**", "b": "**", "em": "*", "i": "*"}
    _BLOCKS: Final = frozenset({"p", "div", "ul", "ol", "blockquote"})
    _HEADINGS: Final = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in self._AROUND:
            self.parts.append(self._AROUND[tag])
        elif tag in self._BLOCKS:
            # The paragraph of an item begins on the line of its mark.
            self.parts.append("" if self._is_in_new_item() else "\n\n")
        elif tag in self._HEADINGS:
            self.parts.append("\n\n### ")
        elif tag == "br":
            self.parts.append("\n")
        elif tag == "li":
            self.parts.append("\n- ")
        elif tag == "a":
            self._links.append(dict(attrs).get("href") or "")
            self.parts.append("[")
        else:
            self.parts.append(self.get_starttag_text() or "")

    def handle_endtag(self, tag: str) -> None:
        if tag in self._AROUND:
            self.parts.append(self._AROUND[tag])
        elif tag in self._BLOCKS or tag in self._HEADINGS:
            self.parts.append("\n\n")
        elif tag == "a":
            self.parts.append(f"]({self._links.pop() if self._links else ''})")
        elif tag not in {"br", "li"}:
            self.parts.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        # Between tags HTML has line ends that mean nothing, and after a break one too many.
        if data.strip() or "\n" not in data:
            is_broken = bool(self.parts) and self.parts[-1] == "\n"
            self.parts.append(data.removeprefix("\n") if is_broken else data)

    def _is_in_new_item(self) -> bool:
        said = next((part for part in reversed(self.parts) if part), "")
        return said == "\n- "
