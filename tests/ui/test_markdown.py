"""Operators' Markdown: a little markup, links over https, and nothing that does anything."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pantau.ui.markdown import _PLAIN, _read, from_html, rendered


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("", ""),
        ("One\ntwo", "<p>One<br>\ntwo</p>"),
        ("**b** *i*", "<p><strong>b</strong> <em>i</em></p>"),
        ("# Big\n\ntext", "<h3>Big</h3>\n<p>text</p>"),
        ("- a\n- b", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>"),
        (
            "[us](https://a.example/?x=1&y=2)",
            '<p><a href="https://a.example/?x=1&amp;y=2" rel="nofollow noopener">us</a></p>',
        ),
        ("[x](javascript:alert(1))", "<p>[x](javascript:alert(1))</p>"),
        ("[x](http://a.example)", '<p><a rel="nofollow noopener">x</a></p>'),
        ("[x](//a.example)", '<p><a rel="nofollow noopener">x</a></p>'),
        ("[x](/admin)", '<p><a rel="nofollow noopener">x</a></p>'),
        ("<b onclick=x>a</b>", "<p>&lt;b onclick=x&gt;a&lt;/b&gt;</p>"),
        (
            "![x](https://a.example/)",
            '<p>!<a href="https://a.example/" rel="nofollow noopener">x</a></p>',
        ),
    ],
)  # fmt: skip
def test_only_harmless_markup_is_drawn(text: str, html: str) -> None:
    assert rendered(text) == html


def test_a_long_address_is_not_repeated_by_references() -> None:
    text = f"[a]: https://a.example/{'x' * 500}\n{'[a]' * 400}"
    assert len(rendered(text)) < 2 * len(text)


_PIECES = st.sampled_from(
    ["<script>", "</script>", "<img src=x onerror=a()>", "[a](", "javascript:a()", ")", "`", "**",
     "https://a.example", "<https://a.example>", "<javascript:a>", "\n\n", "\n", "    ", "data:,x",
     "&#106;avascript:", '"', "'", "onload=a()", "<svg/onload=a()>", "&lt;script&gt;", "![", "]"]
)  # fmt: skip


@given(st.lists(_PIECES, max_size=12).map("".join))
def test_whatever_is_written_only_known_tags_with_https_links_come_out(text: str) -> None:
    html = str(rendered(text))
    for tag in re.findall(r"<[^>]*>", html):
        assert re.fullmatch(
            r"</?(p|br|strong|em|ul|ol|li|h3|blockquote|a)>"
            r'|<a( href="https://[^"]*")? rel="nofollow noopener">',
            tag,
        ), tag


def test_a_list_that_was_drawn_and_sent_back_is_the_same_list() -> None:
    assert from_html(str(rendered("RW 1:\n\n- a\n- b"))) == "RW 1:\n\n- a\n- b"


@given(st.text(alphabet="abc *-#\n&<>", max_size=40))
@example("- <\n- <")
@example("<\n*\n>-")
def test_html_that_was_drawn_and_sent_back_is_drawn_alike(text: str) -> None:
    once = rendered(from_html(str(rendered(text))))
    assert rendered(from_html(str(once))) == once


def test_html_of_clients_becomes_markdown_and_unknown_tags_stay_text() -> None:
    said = from_html("<p>RW <b>1</b> &amp; <i>2</i></p><ul><li>a</li></ul><script>x</script>")
    assert said == "RW **1** & *2*\n\n- a\n\n<script>x</script>"


@given(st.from_regex(_PLAIN, fullmatch=True))
@example("Kamera publik desa, 24 jam (pantau terus)")
@example("See https://a.example/x?y or 'this' - 100% free; é ٣")
def test_a_plain_sentence_is_drawn_as_the_reader_would(text: str) -> None:
    assert rendered(text) == _read(text)
