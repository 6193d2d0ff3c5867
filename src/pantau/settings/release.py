"""The settings by which a release is judged after it was deployed."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from pantau.core.units import Seconds
from pantau.settings.values import Table

_Percent = Annotated[float, Field(ge=0, le=1000)]
_Ms = Annotated[float, Field(gt=0, le=60_000)]


class ReleaseSettings(Table):
    """When a release stays, when it is watched more closely, and when it is taken back."""

    stable_s: Annotated[Seconds, Field(ge=1, le=3600)] = 90.0
    """How long every process must run before a release counts as started; the crash that no gate
    of a few seconds sees comes after a minute."""
    error_watch_percent: _Percent = 10.0
    """From this increase of the error rate over the baseline on, somebody should look."""
    error_back_percent: _Percent = 50.0
    """Above this increase of the error rate the release is taken back."""
    error_floor_percent: Annotated[float, Field(gt=0, le=100)] = 0.1
    """What counts as the baseline's error rate where it had less: nothing grows from zero by a
    percentage."""
    refused_floor_percent: Annotated[float, Field(gt=0, le=100)] = 5.0
    """What counts as the baseline's share of refused requests (400 to 499) where it had less:
    programs that try addresses are refused on every hub."""
    least_requests: Annotated[int, Field(ge=1, le=1_000_000)] = 100
    """With fewer requests no rate is judged: one error among three is no rate."""
    least_errors: Annotated[int, Field(ge=1, le=10_000)] = 5
    """With fewer errors than this no release is taken back for its error rate."""
    hit_hour_percent: Annotated[float, Field(ge=0, le=100)] = 30.0
    """Share of cached answers that must have been ready once a release has run for an hour."""
    hit_day_percent: Annotated[float, Field(ge=0, le=100)] = 80.0
    """The same once it has run for a day."""
    pool_exhausted_per_hour: Annotated[int, Field(ge=1, le=1_000_000)] = 5
    """From so many waits for a database connection in an hour on, a larger pool is proposed; those
    count that last a tenth of a second, or are in vain."""
    list_ms: _Ms = 5.0
    """Target for the list of cameras; for half and for 95 % of the answers, as those below."""
    stream_ms: _Ms = 15.0
    """Target for the addresses of a stream."""
    login_ms: _Ms = 40.0
    """Target for signing in."""
    playlist_ms: _Ms = 10.0
    """Target for a live playlist."""
    worse_factor: Annotated[float, Field(gt=1, le=100)] = 2.0
    """A release whose answers take so many times as long as before is taken back."""
    worse_slack_ms: Annotated[float, Field(ge=0, le=60_000)] = 25.0
    """But only where they take longer by this as well: 1 ms instead of 0.4 ms is noise."""
    least_times: Annotated[int, Field(ge=1, le=100_000)] = 20
    """With fewer answers of an endpoint its times are not judged."""
    watch_for_s: Annotated[Seconds, Field(ge=60, le=30 * 86_400)] = 86_400.0
    """How long a release is watched after it was deployed."""
    watch_every_s: Annotated[Seconds, Field(ge=1, le=86_400)] = 3_600.0
    """How often it is judged meanwhile."""

    @model_validator(mode="after")
    def _watch_before_back(self) -> Self:
        if self.error_back_percent < self.error_watch_percent:
            raise ValueError("error_back_percent must not be below error_watch_percent")
        return self
