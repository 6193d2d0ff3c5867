"""What a list of cameras can be asked for."""

from typing import Annotated, Final, Literal

from pydantic import ConfigDict, Field

from pantau.cameras.capabilities import SourceKind
from pantau.cameras.decisions import Visibility
from pantau.cameras.listing import CameraFilter, Sort
from pantau.cameras.models import CameraStatus, HealthState
from pantau.cameras.stored import CameraKeeper
from pantau.core.shapes import Shape
from pantau.db.paging import MOST_ROWS

DEFAULT_ROWS: Final = 50
YesNo = Literal["true", "false"]


class CameraQuery(Shape):
    """The query of `GET /api/cameras`; without `limit` and `cursor` the whole list is meant."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    search: Annotated[str, Field(max_length=100)] = ""
    """Words in name and location, in any case; for operators also in the host."""
    area_id: Annotated[int, Field(ge=0, le=2**63 - 1)] | None = None
    """0: cameras of no area."""
    state: HealthState | None = None
    status: CameraStatus | None = None
    kind: SourceKind | None = None
    enabled: YesNo | None = None
    visibility: Visibility | None = None
    managed_by: CameraKeeper | None = None
    cut_off: YesNo | None = None
    sort: Sort = "id"
    order: Literal["asc", "desc"] = "asc"
    limit: Annotated[int, Field(ge=1, le=MOST_ROWS)] | None = None
    cursor: Annotated[str, Field(max_length=1000)] | None = None

    def as_filter(self, *, sees_hosts: bool) -> CameraFilter:
        """Return which cameras are wanted."""
        return CameraFilter(
            search=self.search,
            sees_hosts=sees_hosts,
            area_id=self.area_id,
            state=self.state,
            status=self.status,
            kind=self.kind,
            enabled=_truth(self.enabled),
            visibility=self.visibility,
            managed_by=self.managed_by,
            is_cut_off=_truth(self.cut_off),
        )


def _truth(written: YesNo | None) -> bool | None:
    return None if written is None else written == "true"
