"""What a place for footage is called: as people named it, else in the reader's words."""

from zoneinfo import ZoneInfo

import pytest

from pantau.admin.recordings_alarms import shown_alarms
from pantau.admin.recordings_needs import shown_disks
from pantau.admin.wording import Wording
from pantau.recordings.keeping_values import Alarm, AlarmKind, Disk, Level, Storage
from pantau.ui.files import read_assets
from pantau.ui.i18n import Texts
from pantau.ui.render import Pages
from pantau.ui.site import Site
from tests.support.clock import START

NAMELESS = "disk-0a1b2c3d"


def indonesian() -> Wording:
    site = Site(zone=ZoneInfo("Asia/Jakarta"))
    return Wording(Texts("id"), Pages(assets=read_assets(), site=lambda: site, now=lambda: START))


@pytest.mark.parametrize(
    ("place", "folder", "name", "title"),
    [
        (NAMELESS, "/var/lib/pantau/recordings", "Disk rekaman", "Disk rekaman: "),
        (NAMELESS, "/mnt/gudang", "gudang", "Disk gudang: "),
        ("recordings", "/mnt/gudang", "recordings", "Disk recordings: "),
        ("arsip", "/mnt/recordings", "arsip", "Disk arsip: "),
    ],
)
def test_a_place_is_called_as_somebody_named_it_or_in_the_readers_words(
    place: str, folder: str, name: str, title: str
) -> None:
    disk = Disk(
        place=place,
        level=Level.GONE,
        total_bytes=None,
        free_bytes=None,
        footage_bytes=0,
        bytes_per_s=0,
        hours_left=None,
    )
    alarm = Alarm(AlarmKind.GONE, place)
    storage = Storage(disks=(disk,), alarms=(alarm,), seen_at=START, folders={place: folder})
    assert [each.name for each in shown_disks(storage, indonesian())] == [name]
    assert shown_alarms([alarm], storage, indonesian())[0].title.startswith(title)
