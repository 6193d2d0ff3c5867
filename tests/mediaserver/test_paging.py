"""Lists in pages."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pantau.mediaserver.paging import PageError, page_of


def test_hundred_items_are_a_page_unless_said_otherwise() -> None:
    page = page_of(range(250), page="", items_per_page="")
    assert (page["itemCount"], page["pageCount"]) == (250, 3)
    assert page["items"] == list(range(100))


def test_page_behind_the_end_is_empty() -> None:
    assert page_of(range(5), page="7", items_per_page="2") == {
        "itemCount": 5,
        "pageCount": 3,
        "items": [],
    }


def test_empty_list_has_no_page() -> None:
    assert page_of([], page="", items_per_page="") == {"itemCount": 0, "pageCount": 0, "items": []}


@given(st.lists(st.integers(), max_size=60), st.integers(min_value=1, max_value=70))
def test_pages_together_are_the_list(items: list[int], size: int) -> None:
    first = page_of(items, page="0", items_per_page=str(size))
    joined = [
        item
        for number in range(first["pageCount"])
        for item in page_of(items, page=str(number), items_per_page=str(size))["items"]
    ]
    assert joined == items


@pytest.mark.parametrize(
    ("page", "size", "message"),
    [
        ("", "0", "invalid items per page"),
        ("", "-1", 'strconv.ParseUint: parsing "-1": invalid syntax'),
        ("x", "", 'strconv.ParseUint: parsing "x": invalid syntax'),
        ("1.5", "", 'strconv.ParseUint: parsing "1.5": invalid syntax'),
        ("٣", "", 'strconv.ParseUint: parsing "٣": invalid syntax'),
        ("2147483648", "", 'strconv.ParseUint: parsing "2147483648": value out of range'),
        ("", "9" * 5000, f'strconv.ParseUint: parsing "{"9" * 5000}": value out of range'),
    ],
)
def test_what_is_no_page_is_refused(page: str, size: str, message: str) -> None:
    with pytest.raises(PageError) as caught:
        page_of(range(5), page=page, items_per_page=size)
    assert str(caught.value) == message
