"""A view in progress as one process tells another of it."""

from datetime import UTC, datetime
from typing import Any

from pantau.core.clock import Clock
from pantau.viewers.agents import Agent
from pantau.viewers.views import Delivery
from pantau.viewers.watching import View


def written_view(view: View, clock: Clock) -> dict[str, Any]:
    """Return what is told of a view; moments of this process are told as dates."""
    ago_s = clock.mono_s() - view.last_mono
    return {
        "id": view.view_id,
        "camera": view.camera_id,
        "delivery": view.delivery.value,
        "visitor": view.visitor,
        "device": view.agent.device,
        "browser": view.agent.browser,
        "bot": view.agent.is_bot,
        "cookie": view.has_cookie,
        "started": view.started_at.timestamp(),
        "last": clock.unix_s() - ago_s,
        "lasted": view.lasted_s,
        "owner": view.owner,
        "address": view.address,
        "agent": view.user_agent,
        "sessions": view.sessions,
        "numbers": [number.hex() for number in view.numbers],
        "over": view.is_over,
    }


def read_view(told: dict[str, Any], clock: Clock) -> tuple[View, list[bytes]]:
    """Return what was told, and the numbers; raises ValueError, TypeError or KeyError."""
    ago_s = max(0.0, clock.unix_s() - float(told["last"]))
    last_mono = clock.mono_s() - ago_s
    view = View(
        view_id=str(told["id"]),
        camera_id=int(told["camera"]),
        delivery=Delivery(told["delivery"]),
        visitor=str(told["visitor"]),
        agent=Agent(told["device"], str(told["browser"]), is_bot=bool(told["bot"])),
        has_cookie=bool(told["cookie"]),
        started_at=datetime.fromtimestamp(float(told["started"]), UTC),
        first_mono=last_mono - float(told["lasted"]),
        last_mono=last_mono,
        owner=str(told["owner"]),
        address=str(told["address"]),
        user_agent=str(told["agent"]),
        sessions=[str(each) for each in told["sessions"]],
        is_over=bool(told["over"]),
        told_mono=last_mono,
        is_news=False,
    )
    return view, [bytes.fromhex(number) for number in told["numbers"]]
