"""Modules in one file: what they share is there once, what they need comes first."""

import re

import pytest

from pantau.ui.files import read_assets
from pantau.web.joined_scripts import join

ISLAND = "export class Island {\n  go() {\n    const one = 1;\n  }\n}\n"
PLAYER = """import { Island } from "pantau/island";
import {
  once,
  twice,
} from "pantau/often";
import "pantau/words";

class Player extends Island {
  later() {
    return import("pantau/rest");
  }
}
"""


def test_parts_stand_in_one_scope_and_stay_exported() -> None:
    joined = join({"pantau/island": ISLAND, "pantau/player": PLAYER})
    assert joined.startswith(
        'import { once, twice } from "pantau/often";\nimport "pantau/words";\n'
    )
    assert '"pantau/island"' not in joined
    assert joined.index("export class Island") < joined.index("class Player extends Island")
    assert 'return import("pantau/rest");' in joined


def test_what_two_parts_import_is_imported_once() -> None:
    one = 'import { a, b } from "pantau/c";\nexport const one = a + b;\n'
    two = 'import { b, d } from "pantau/c";\nexport const two = b + d;\n'
    joined = join({"pantau/one": one, "pantau/two": two})
    assert re.findall("^import.*", joined, re.MULTILINE) == ['import { a, b, d } from "pantau/c";']


@pytest.mark.parametrize(
    "second",
    [
        "class Island {}\n",
        "const Island = 1;\n",
        'import { Island as Base } from "pantau/island";\n',
        'import { Island } from "pantau/elsewhere";\n',
        'import * as all from "pantau/island";\n',
        "export default 1;\n",
        'export { a } from "pantau/b";\n',
        'import { late } from "pantau/third";\n',
    ],
)
def test_what_would_mean_something_else_joined_is_refused(second: str) -> None:
    with pytest.raises(ValueError, match="pantau/"):
        join({"pantau/island": ISLAND, "pantau/second": second, "pantau/third": "let z = 1;\n"})


def test_whoever_asks_for_a_part_gets_the_address_of_the_whole() -> None:
    assets = read_assets()
    whole = assets.url("js/page.js")
    assert assets.url("js/island.js") == assets.url("js/theme_switch.js") == whole
    assert f'"pantau/island":"{whole}"' in assets.import_map
    assert f'"pantau/favourites":"{whole}"' in assets.import_map
