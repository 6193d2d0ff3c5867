"""Looks at sources whose outcome a test writes."""

from dataclasses import dataclass, field

from pantau.cameras.models import CameraSource
from pantau.cameras.probing import ProbeReport


@dataclass
class ScriptedLooks:
    """What looks at sources find, and what was looked at."""

    report: ProbeReport = field(default_factory=lambda: ProbeReport(ok=True, video_codec="h264"))
    sources: list[CameraSource] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)

    async def look(
        self, source: CameraSource, *, is_trusted: bool = False, stream_key: str = ""
    ) -> ProbeReport:
        assert not is_trusted or stream_key
        self.sources.append(source)
        self.keys.append(stream_key)
        return self.report
