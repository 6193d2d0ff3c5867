"""A look at an address says whether pictures come, within a deadline and nowhere it may not go."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from pantau.cameras.capabilities import SourceKind
from pantau.cameras.importing.looking import Looker
from pantau.cameras.importing.options import Options
from pantau.cameras.importing.values import Phase, Progress
from pantau.cameras.importing.verifying import Verification
from pantau.cameras.models import CameraSource
from pantau.core.clock import SystemClock
from pantau.core.errors import Conflict
from pantau.core.networks import policy_of
from pantau.core.supervisor import Supervisor
from pantau.db.database import Database
from tests.cameras.desk import ADMIN
from tests.cameras.importing.catalogues import as_bytes
from tests.cameras.importing.office import office_on
from tests.cameras.importing.origin import Origin, serving_origin
from tests.support.waiting import until

pytestmark = pytest.mark.anyio

HERE = policy_of(("127.0.0.0/8",))


@dataclass
class Impatient(SystemClock):
    """Does not wait between two looks at a playlist."""

    async def sleep(self, duration_s: float) -> None:
        await super().sleep(min(duration_s, 0.01))


async def look(origin: Origin, path: str, kind: SourceKind, *, login: str = "") -> str:
    scheme = "rtsp" if kind is SourceKind.RTSP else "http"
    url = origin.url(path, scheme).replace("://", f"://{login}")
    return await Looker(Impatient(), HERE).look(CameraSource(url), kind)


@pytest.mark.parametrize(
    ("path", "kind", "told"),
    [
        ("/live.m3u8", SourceKind.HLS, "ready"),
        ("/master.m3u8", SourceKind.HLS, "ready"),
        ("/chunked.m3u8", SourceKind.HLS, "ready"),
        ("/still.m3u8", SourceKind.HLS, "The playlist does not move."),
        ("/vod.m3u8", SourceKind.HLS, "This is a recording, not a live stream."),
        ("/page", SourceKind.HLS, "What comes is no playlist."),
        ("/gone", SourceKind.HLS, "The server answers with HTTP 404."),
        ("/inside", SourceKind.HLS, "The address leads to a place that cameras may not have"),
        ("/round", SourceKind.HLS, "The server redirects too often."),
        ("/nonsense", SourceKind.HLS, "What answers there speaks something else."),
        ("/mjpeg", SourceKind.MJPEG, "ready"),
        ("/page", SourceKind.MJPEG, "What comes is no picture."),
        ("/cam.flv", SourceKind.FLV, "ready"),
        ("/page", SourceKind.FLV, "What comes is no FLV."),
        ("/page", SourceKind.EMBED, "ready"),
        ("/cam.flv", SourceKind.EMBED, "What comes is no page."),
        ("/x", SourceKind.MPEGTS_WS, "Sources of this kind cannot be looked at."),
        ("/none", SourceKind.RTSP, "The camera answers with RTSP 404."),
        ("/ch1", SourceKind.RTSP, "The camera refuses the user name or the password."),
    ],
)
async def test_what_comes_is_told_in_a_sentence(path: str, kind: SourceKind, told: str) -> None:
    async with serving_origin() as origin:
        found = await look(origin, path, kind)
        assert found.startswith(told)
        assert "169.254" not in found


async def test_a_camera_is_asked_for_its_description_with_its_login() -> None:
    async with serving_origin() as origin:
        login = "admin:rahasia@"
        assert await look(origin, "/ch1", SourceKind.RTSP, login=login) == "ready"
        assert "no video" in await look(origin, "/sound", SourceKind.RTSP, login=login)
        assert "refuses" in await look(origin, "/ch1", SourceKind.RTSP, login="admin:salah@")
        assert all("rahasia" not in asked for asked in origin.asked)


async def test_secrets_of_a_source_go_to_no_other_server() -> None:
    async with serving_origin() as home, serving_origin() as elsewhere:
        home.leads_to = elsewhere.url("/mjpeg")
        headers = (("X-Sig", "rahasia"), ("Referer", "https://cctv.example/"))
        source = CameraSource(home.url("/away"), headers=headers)
        assert await Looker(SystemClock(), HERE).look(source, SourceKind.MJPEG) == "ready"
        assert "X-Sig: rahasia" in home.heads[0]
        assert "Referer: https://cctv.example/" in elsewhere.heads[0]
        assert "rahasia" not in elsewhere.heads[0]


async def test_a_silent_server_costs_no_more_than_the_deadline() -> None:
    async with serving_origin() as origin:
        looker = Looker(SystemClock(), HERE, deadline_s=0.2)
        source = CameraSource(origin.url("/slow"))
        assert await looker.look(source, SourceKind.MJPEG) == "No answer in time."


async def test_addresses_that_cameras_may_not_have_are_not_dialled() -> None:
    async with serving_origin() as origin:
        looker = Looker(Impatient(), policy_of(()))
        for host in ("127.0.0.1", "localhost"):
            source = CameraSource(f"http://{host}:{origin.port}/live.m3u8")
            told = await looker.look(source, SourceKind.HLS)
            assert told.startswith("The address leads to a place that cameras may not have")
        assert origin.asked == []


async def test_a_preview_is_looked_at_politely_and_only_good_ones_are_created(
    sqlite_database: Database, tmp_path: Path
) -> None:
    async with serving_origin() as origin:
        office = office_on(sqlite_database, tmp_path, "127.0.0.0/8")
        supervisor = Supervisor(SystemClock())
        verification = Verification(
            office.imports,
            clock=office.clock,
            policy=HERE,
            spawn=supervisor.spawn,
            looker=Looker(Impatient(), HERE),
        )
        rows = [
            {"name": f"Baik {n}", "url": origin.url(f"/live.m3u8?monitor={n}")} for n in range(7)
        ] + [{"name": "Diam", "url": origin.url("/still.m3u8")}, {"name": "tanpa alamat"}]
        view = await office.preview(as_bytes(rows), only_verified=True)
        assert view.summary["create"] == 0
        told: list[Progress] = []
        await verification.run(view.id, by=ADMIN, tell=told.append)
        assert origin.most_open <= 2
        view = await office.imports.view(view.id, by=ADMIN)
        assert (view.checked, view.ready, view.summary["create"]) == (8, 7, 7)
        assert told[-1] == Progress(Phase.IDLE, 8, 8)
        lines = await office.lines(view)
        assert lines[0].check == "ready"
        assert "does not move" in lines[7].reason
        options: Options = view.options.model_copy(update={"only_verified": False})
        await office.imports.choose(view.id, options, by=ADMIN)
        assert (await office.imports.apply(view.id, by=ADMIN)).summary["create"] == 8
        await supervisor.stop(deadline_s=1)


async def test_a_look_at_everything_is_begun_once(
    sqlite_database: Database, tmp_path: Path
) -> None:
    async with serving_origin() as origin:
        office = office_on(sqlite_database, tmp_path, "127.0.0.0/8")
        supervisor = Supervisor(SystemClock())
        verification = Verification(
            office.imports,
            clock=office.clock,
            policy=HERE,
            spawn=supervisor.spawn,
            looker=Looker(Impatient(), HERE),
        )
        view = await office.preview(as_bytes([{"name": "A", "url": origin.url("/slow")}]))
        await verification.begin(view.id, by=ADMIN)
        await until(lambda: origin.asked)
        assert (await office.imports.view(view.id, by=ADMIN)).progress.phase is Phase.VERIFYING
        with pytest.raises(Conflict):
            await verification.begin(view.id, by=ADMIN)
        origin.gate.set()
        done: list[int] = []

        async def is_done() -> None:
            done[:] = [(await office.imports.view(view.id, by=ADMIN)).checked]

        await is_done()
        for _ in range(2_000):
            if done == [1]:
                break
            await SystemClock().sleep(0.01)
            await is_done()
        assert done == [1]
        await supervisor.stop(deadline_s=1)
