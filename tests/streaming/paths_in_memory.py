"""A media server of dictionaries, for whoever drives one."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pantau.core.errors import Invalid, NotFound, Unavailable
from pantau.streaming.media_server import ServerInfo
from tests.support.clock import START


@dataclass
class PathsInMemory:
    """A media server that remembers configurations and counts what is done to it."""

    version: str | None = "v1.20.0-pantau.1"
    started_at: datetime | None = START
    confs: dict[str, dict[str, Any]] = field(default_factory=dict)
    refuses: set[str] = field(default_factory=set)
    silent_about: set[str] = field(default_factory=set)
    lost: bool = False
    lost_after: int | None = None
    """How many paths it takes before it is gone."""
    done: list[str] = field(default_factory=list)
    tried: list[str] = field(default_factory=list)
    lists: int = 0
    on_list: Callable[[], object] = lambda: None

    async def info(self) -> ServerInfo:
        if self.lost:
            raise Unavailable("media_server.unreachable", "away")
        return ServerInfo(self.version, self.started_at)

    async def config_paths(self) -> Mapping[str, Mapping[str, Any]]:
        self.lists += 1
        self.on_list()
        return {name: dict(conf) for name, conf in self.confs.items()}

    async def replace(self, name: str, conf: Mapping[str, Any]) -> None:
        self.tried.append(name)
        if self.lost_after is not None and len(self.done) >= self.lost_after:
            self.lost = True
            raise Unavailable("media_server.unreachable", "away")
        if name in self.refuses:
            raise Invalid("media_server.refused", "no")
        if name in self.silent_about:
            raise Unavailable("media_server.silent", "no answer in time")
        self.done.append(f"put {name}")
        self.confs[name] = {"maxReaders": 0, **conf}

    async def delete(self, name: str) -> None:
        self.done.append(f"delete {name}")
        if self.confs.pop(name, None) is None:
            raise NotFound("media_server.no_such_path", "gone")
