"""What whoever imports chooses: profile, area, what to do with cameras that are there."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from pantau.cameras.decisions import Visibility
from pantau.core.shapes import Shape


class AreaRule(StrEnum):
    """Which area a row goes to."""

    ONE = "one"
    """All go to one area."""
    FIELDS = "fields"
    """As the file says: its area, or else kelurahan and kecamatan."""
    GROUP = "group"
    """The group of the row is its area."""
    NONE = "none"


class Options(Shape):
    """Choices of one import; they decide together with the file, and with nothing else."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    profile: Annotated[str, Field(max_length=32)] = ""
    """Name of a `profiles.Profile`; empty: the one of the file's format."""
    area_rule: AreaRule = AreaRule.FIELDS
    area: Annotated[str, Field(max_length=100)] = ""
    """With `one`: name, slug or number of the area; a name that is unknown becomes an area."""
    same_source: Literal["update", "skip"] = "update"
    """What to do with a camera that is there already."""
    same_name: Literal["", "warn", "skip", "update"] = ""
    """The same name in the same area, from elsewhere; empty: as the profile says."""
    status: Literal["all", "online", "offline"] = "all"
    """Which rows to take, by what the catalogue says of them."""
    visibility: Visibility | None = None
    """Whom new cameras are shown to; empty: as the profile says."""
    enabled: bool | None = None
    """Whether new cameras are on; empty: as the file says, else on."""
    only_verified: bool = False
    """Create only what answered when it was looked at."""
