"""What a lock asks for on this machine, and how two of them differ."""

import sys
from pathlib import Path

import pytest

from pantau.core.build import lock_text
from pantau.operations.release_steps.environments import linkable
from pantau.operations.release_steps.locked import Difference, differences, pins_of

LOCK = """\
# made by a tool
aiohttp==3.14.5 \\
    --hash=sha256:0133
av==18.1.0 ; python_full_version < '3.9' \\
    --hash=sha256:0133
av==19.0.2 ; python_full_version >= '3.9' \\
    --hash=sha256:0133
colorama==0.4.6 ; sys_platform == 'win32'
SQLAlchemy[asyncio]==2.0.40
"""


def test_a_lock_is_read_for_this_machine() -> None:
    assert pins_of(LOCK) == {"aiohttp": "3.14.5", "av": "19.0.2", "sqlalchemy": "2.0.40"}


@pytest.mark.parametrize(
    ("marker", "counts"),
    [
        ("", True),
        ("python_version >= '3.11'", True),
        ("python_version >= '3.9' and sys_platform == 'win32'", False),
        ("python_version < '3.9' or implementation_name == 'cpython'", True),
        ("sys_platform != 'linux'", False),
        ("extra == 'never heard of'", True),
        ("(python_version < '3.9')", True),
        ("nonsense", True),
    ],
)
def test_a_marker_that_is_not_understood_is_left_to_pip(marker: str, *, counts: bool) -> None:
    assert ("x" in pins_of(f"x==1 ; {marker} \\" if marker else "x==1 \\")) is counts


def test_differences_name_what_comes_goes_and_changes() -> None:
    assert differences("a==1\nb==1\nc==1", "a==1\nb==2\nd==1") == (
        Difference("b", "1", "2"),
        Difference("c", "1", None),
        Difference("d", None, "1"),
    )


def test_an_environment_with_the_locked_packages_needs_no_network() -> None:
    there, missing = linkable(Path(sys.prefix), lock_text() or "")
    assert missing == frozenset()
    assert len(there) > 50


def test_of_no_environment_everything_is_missing(tmp_path: Path) -> None:
    assert linkable(None, "a==1") == (frozenset(), frozenset({"a==1"}))
    assert linkable(tmp_path, "a==1") == (frozenset(), frozenset({"a==1"}))
