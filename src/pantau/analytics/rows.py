"""The roll-ups: counts of days, hours, devices and cameras, and who was seen on which day.

Days are `date.toordinal()` of the hub's calendar: small, and `day % 7` is the weekday from Sunday.
"""

from sqlalchemy import Boolean, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from pantau.db.base import Base, Number

_WITHOUT_ROWID = {"sqlite_with_rowid": False}


class AnalyticsStateRow(Base):
    """How far the counting has got; one row."""

    __tablename__ = "analytics_state"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    zone: Mapped[str] = mapped_column(String(64))
    """The time zone whose days and hours are counted."""
    counted_id: Mapped[int] = mapped_column(Number)
    """Views up to this number are in the roll-ups."""
    longer_id: Mapped[int] = mapped_column(Number, server_default="0")
    """So are those that became longer afterwards, up to this number."""
    recount_id: Mapped[int] = mapped_column(Number)
    """A recount is over once it has got as far; 0 without one."""
    is_clearing: Mapped[bool] = mapped_column(Boolean)
    """A recount has begun, and what was counted is still being removed."""
    kept_day: Mapped[int] = mapped_column(Integer)
    """A recount leaves days up to this one as they were, since views of them are gone; 0: none."""
    kept_s: Mapped[int] = mapped_column(Number)
    """These days hold exactly the views that began before this moment, later days the others."""
    visitors_day: Mapped[int] = mapped_column(Integer)
    """Before this day nobody knows any more who was seen."""
    played_day: Mapped[int] = mapped_column(Integer)
    """How playing went is known up to this day, which may still change."""


class DayRow(Base):
    """One day of the whole hub."""

    __tablename__ = "analytics_days"
    __table_args__ = (_WITHOUT_ROWID,)

    day: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    sessions: Mapped[int] = mapped_column(Number)
    watch_s: Mapped[int] = mapped_column(Number)
    longest_s: Mapped[int] = mapped_column(Number)
    visitors: Mapped[int] = mapped_column(Number)
    new_visitors: Mapped[int] = mapped_column(Number)
    bounced_visitors: Mapped[int] = mapped_column(Number)
    robots: Mapped[int] = mapped_column(Number)
    short: Mapped[int] = mapped_column(Number)


class HourRow(Base):
    """One hour of the clock on one day; an hour that is passed twice is one."""

    __tablename__ = "analytics_hours"
    __table_args__ = (_WITHOUT_ROWID,)

    day: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    hour: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    sessions: Mapped[int] = mapped_column(Number)
    visitors: Mapped[int] = mapped_column(Number)


class DeviceRow(Base):
    """One kind of device on one day."""

    __tablename__ = "analytics_devices"
    __table_args__ = (_WITHOUT_ROWID,)

    day: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    device: Mapped[str] = mapped_column(String(32), primary_key=True)
    sessions: Mapped[int] = mapped_column(Number)


class CameraRow(Base):
    """What stands for a camera in the counts, which outlive it.

    `key` is the camera's own number; below zero for what an older hub knew by name only.
    """

    __tablename__ = "analytics_cameras"

    key: Mapped[int] = mapped_column(Number, primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(String(100))
    """As its newest view named it."""


class CameraDayRow(Base):
    """One camera on one day."""

    __tablename__ = "analytics_camera_days"
    __table_args__ = (_WITHOUT_ROWID,)

    day: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    camera: Mapped[int] = mapped_column(Number, primary_key=True, autoincrement=False)
    sessions: Mapped[int] = mapped_column(Number)
    watch_s: Mapped[int] = mapped_column(Number)
    visitors: Mapped[int] = mapped_column(Number)
    quick: Mapped[int] = mapped_column(Number)
    engaged: Mapped[int] = mapped_column(Number)


class CameraMonthRow(Base):
    """The same of a calendar month, so that everything there ever was is read as quickly.

    `month` is the ordinal of its first day.
    """

    __tablename__ = "analytics_camera_months"
    __table_args__ = (_WITHOUT_ROWID,)

    month: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    camera: Mapped[int] = mapped_column(Number, primary_key=True, autoincrement=False)
    sessions: Mapped[int] = mapped_column(Number)
    watch_s: Mapped[int] = mapped_column(Number)
    visitors: Mapped[int] = mapped_column(Number)
    quick: Mapped[int] = mapped_column(Number)
    engaged: Mapped[int] = mapped_column(Number)


class VisitorRow(Base):
    """One visitor on one day; kept as long as the views themselves."""

    __tablename__ = "analytics_visitors"
    __table_args__ = (_WITHOUT_ROWID,)

    day: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    visitor: Mapped[str] = mapped_column(String(40), primary_key=True)
    sessions: Mapped[int] = mapped_column(Integer)
    watch_s: Mapped[int] = mapped_column(Number)
    cameras: Mapped[int] = mapped_column(Integer)
    hours: Mapped[int] = mapped_column(Integer)
    """A bit for each hour of the clock in which a view began."""
    has_bounced: Mapped[bool] = mapped_column(Boolean)
    last_s: Mapped[int] = mapped_column(Number)
    """When its newest view began, in seconds since 1970."""


class CameraVisitorRow(Base):
    """That a visitor watched a camera on a day; kept as long as the views themselves."""

    __tablename__ = "analytics_camera_visitors"
    __table_args__ = (_WITHOUT_ROWID,)

    day: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    visitor: Mapped[str] = mapped_column(String(40), primary_key=True)
    camera: Mapped[int] = mapped_column(Number, primary_key=True, autoincrement=False)


class TopVisitorRow(Base):
    """The busiest visitors of each day, from which those of longer times are taken."""

    __tablename__ = "analytics_top_visitors"
    __table_args__ = (_WITHOUT_ROWID,)

    day: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    visitor: Mapped[str] = mapped_column(String(40), primary_key=True)
    sessions: Mapped[int] = mapped_column(Integer)
    watch_s: Mapped[int] = mapped_column(Number)
    cameras: Mapped[int] = mapped_column(Integer)
    last_s: Mapped[int] = mapped_column(Number)
    """When its newest view began, in seconds since 1970."""


class PlayDayRow(Base):
    """How playing of one camera went on one day, and who only glanced at it."""

    __tablename__ = "analytics_play_days"
    __table_args__ = (_WITHOUT_ROWID,)

    day: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    camera: Mapped[int] = mapped_column(Number, primary_key=True, autoincrement=False)
    starts: Mapped[int] = mapped_column(Number)
    start_ms: Mapped[int] = mapped_column(Number)
    stalls: Mapped[int] = mapped_column(Number)
    stalled_ms: Mapped[int] = mapped_column(Number)
    refused: Mapped[int] = mapped_column(Number)
    failed: Mapped[int] = mapped_column(Number)
    glances: Mapped[int] = mapped_column(Number)
    """People who looked for less than five seconds."""
    robot_glances: Mapped[int] = mapped_column(Number)


class PlayMonthRow(Base):
    """The same of a calendar month."""

    __tablename__ = "analytics_play_months"
    __table_args__ = (_WITHOUT_ROWID,)

    month: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    camera: Mapped[int] = mapped_column(Number, primary_key=True, autoincrement=False)
    starts: Mapped[int] = mapped_column(Number)
    start_ms: Mapped[int] = mapped_column(Number)
    stalls: Mapped[int] = mapped_column(Number)
    stalled_ms: Mapped[int] = mapped_column(Number)
    refused: Mapped[int] = mapped_column(Number)
    failed: Mapped[int] = mapped_column(Number)
    glances: Mapped[int] = mapped_column(Number)
    robot_glances: Mapped[int] = mapped_column(Number)
