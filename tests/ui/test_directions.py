"""Style sheets and scripts know a beginning and an end of a line, never a left and a right."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

STATIC = Path("src/pantau/ui/static")
SHEETS = sorted(STATIC.glob("*.css"))
SCRIPTS = sorted((STATIC / "js").glob("*.js"))
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
DECLARATION = re.compile(r"(?<=[{;])\s*([a-z-]+)\s*:\s*([^;{}]+)")
PHYSICAL = re.compile(
    r"(?:(?:margin|padding|border|scroll-margin|scroll-padding)-)?(?:left|right)"
    r"|(?:margin|padding|border|scroll-margin|scroll-padding)-(?:top|bottom)|top|bottom"
    r"|border-(?:left|right|top|bottom)-[a-z-]+"
    r"|(?:min-|max-)?(?:width|height)"
)
SIDED = {"text-align", "float", "clear", "caption-side"}
FOUR = {"margin", "padding", "inset", "border-width", "scroll-margin", "scroll-padding"}
ALLOWED = {(".map-grid", "border-width"), (".ground__tile", "border-width")}
"""What lies on a map has a west and an east, in every language."""
IN_SCRIPT = re.compile(
    r"\.style\.(?:left|right|top|bottom|width|height|(?:margin|padding)(?:Left|Right|Top|Bottom)"
    r"|textAlign|float)\b|setProperty\(\s*[\"'](?:left|right|top|bottom|width|height)[\"']"
)


def values(text: str) -> list[str]:
    """Return the words of a value; what stands in brackets is one."""
    return re.findall(r"(?:[^\s()]|\((?:[^()]|\([^()]*\))*\))+", text)


def sideways(css: str) -> Iterator[str]:
    """Yield the declarations that name a side of the screen."""
    for rule in re.finditer(r"([^{}]*)\{([^{}]*)\}", COMMENT.sub(" ", css)):
        selector = rule[1].split(";")[-1].strip()
        for name, value in DECLARATION.findall("{" + rule[2]):
            parts = values(value.replace("!important", ""))
            if is_sided(name, parts) and (selector, name) not in ALLOWED:
                yield f"{selector} {{ {name}: {value} }}"


def is_sided(name: str, parts: list[str]) -> bool:
    """Tell whether a declaration means another thing where lines begin at the right."""
    if PHYSICAL.fullmatch(name):
        return True
    if name in SIDED:
        return bool({"left", "right"} & set(parts))
    if len(parts) != 4:
        return False
    if name == "border-radius":
        return parts[0] != parts[1] or parts[2] != parts[3]
    return name in FOUR and parts[1] != parts[3]


@pytest.mark.parametrize("path", SHEETS, ids=lambda path: path.name)
def test_a_style_sheet_names_no_side(path: Path) -> None:
    assert list(sideways(path.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_a_script_moves_nothing_to_a_side(path: Path) -> None:
    assert IN_SCRIPT.findall(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "rule",
    [
        "margin-left: 1px",
        "left: 0",
        "text-align: right",
        "float: left",
        "padding: 0 1px 0 2px",
        "inset: 0 auto auto 0",
        "border-radius: 0 4px 4px 0",
        "border-top-left-radius: 4px",
        "width: 3rem",
        "max-height: 60vh",
    ],
)
def test_the_guard_sees_each_kind_of_side(rule: str) -> None:
    assert list(sideways(f"/* a */ @media (min-width: 1px) {{ .a {{ color: red; {rule}; }} }}"))
    assert list(sideways(f".a {{ {rule} }}"))


@pytest.mark.parametrize(
    "rule",
    [
        "margin-inline-start: 1px",
        "inset: 0",
        "inset: auto 0 0",
        "text-align: start",
        "padding: 0 1px 2px 1px",
        "inset: auto calc(1px * (1 + 2)) 0 calc(1px * (1 + 2))",
        "border-radius: 4px 4px 0 0",
        "inline-size: 3rem",
    ],
)
def test_the_guard_lets_both_sides_pass(rule: str) -> None:
    assert list(sideways(f".a {{ {rule}; }}")) == []
