"""Web and worker die again and again; what records neither stops nor notices."""

from pathlib import Path

import av
import pytest

from pantau.media.archive.index import Ending
from tests.boot.installation import Installation
from tests.media.archive.looped import files_in, index_of
from tests.support.waiting import until_in_thread

pytestmark = pytest.mark.fault

SETTINGS = """
[recordings]
segment_s = 10
reserve_bytes = 1048576
"""
CAMERA = """
[[cameras]]
name = "Card {number}"
source = "testcard:"
record = true
"""


def redeploy(folder: Path, *, cameras: int, times: int) -> None:
    toml = SETTINGS + "".join(CAMERA.format(number=n) for n in range(cameras))
    root = folder / "data" / "recordings"

    def recorded() -> dict[str, list[Path]]:
        """Return the files of each camera that have a fragment, by its number."""
        made = [file for file in files_in(root) if file.with_suffix(".idx").stat().st_size > 300]
        numbers = {file.parent.parent.name for file in made}
        return {each: [f for f in made if f.parent.parent.name == each] for each in numbers}

    with Installation(folder, toml) as hub:
        hub.until_ready()
        until_in_thread(lambda: len(recorded()) == cameras, timeout_s=120, what="all recorded")
        media = hub.pid_of("media")
        # Files that were begun while everything came up may end for other reasons.
        first = {number: files[-1] for number, files in recorded().items()}
        for _ in range(times):
            for name in ("web", "worker"):
                hub.kill(name)
        until_in_thread(
            lambda: all(files[-1] > first[number] for number, files in recorded().items()),
            timeout_s=120,
            what="files begun after it all",
        )
        assert hub.pid_of("media") == media
        endings = {
            index_of(file).ending
            for number, files in recorded().items()
            for file in files
            if file >= first[number]
        }
    # No session broke off and no picture was given up: files ended by the clock or are still open.
    assert endings <= {Ending.BOUNDARY, None}
    for files in recorded().values():
        with av.open(str(files[-1])) as film:
            assert sum(1 for _ in film.decode(video=0)) > 0


@pytest.mark.long  # test_killed_processes is the short form
@pytest.mark.timeout(400)
def test_recording_goes_on_while_web_and_worker_are_replaced(tmp_path: Path) -> None:
    redeploy(tmp_path, cameras=1, times=1)


@pytest.mark.long
@pytest.mark.timeout(1200)
def test_thirty_one_cameras_go_on_while_web_and_worker_are_replaced_ten_times(
    tmp_path: Path,
) -> None:
    redeploy(tmp_path, cameras=31, times=10)
