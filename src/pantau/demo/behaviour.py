"""Every way in which a demo camera can misbehave, as switches that may be thrown while it runs."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Login:
    """How a camera asks for a user and a password."""

    scheme: Literal["basic", "digest", "digest_sha256", "both"] = "digest"
    user: str = "admin"
    password: str = "rahasia"  # noqa: S105  # a password of a demo camera on loopback
    firmware: Literal["plain", "nonce_per_connection", "closes_after_401", "one_time_nonce"] = (
        "plain"
    )
    """`nonce_per_connection` takes its challenge on the same socket only; `closes_after_401` needs
    a new socket and takes the first challenge there; `one_time_nonce` calls a second use stale."""


@dataclass(frozen=True, slots=True)
class Behaviour:
    """What one camera does wrong; the default is a good camera.  Times count from PLAY."""

    login: Login | None = None
    session_limit: int | None = None
    full_answer: Literal[453, 401] = 453
    """What a client hears when every session is taken; cheap recorders say 401."""
    leak_s: float = 0.0
    """How long the slot of a client that vanished without TEARDOWN stays taken."""
    reset_frees_slot: bool = False
    """A client that resets its connection leaves no slot behind, one that closes politely does."""
    ignores_teardown: bool = False
    """Never answer TEARDOWN, and count the client as vanished when it goes."""
    mute_at: Literal["", "connect", "options", "describe", "setup", "play"] = ""
    greeting: Literal["normal", "endless_header", "not_rtsp"] = "normal"
    answer_delay_s: float = 0.0
    """Before the answer to DESCRIBE; some honest cameras need 11 s."""
    redirect_to: str = ""
    """Answer DESCRIBE with 302 and this Location; `self` loops."""
    sdp: Literal["normal", "many_streams", "not_utf8", "garbage", "no_video"] = "normal"
    control: Literal["relative", "absolute", "query", "no_base", "no_slash", "other_host"] = (
        "relative"
    )
    """`no_slash` ends Content-Base without one; `other_host` names the address behind a router."""
    parameter_sets: Literal["sdp", "in_band", "sdp_only", "nowhere"] = "sdp"
    """`sdp` sends them in both places."""
    refuse_transport: Literal["", "tcp", "udp"] = ""
    media: Literal[
        "normal",
        "none",
        "rtcp_only",
        "trickle",
        "garbage",
        "random",
        "truncated",
        "endless_nal",
        "wrong_payload_type",
        "bad_lengths",
        "bad_framing",
    ] = "normal"
    """`garbage` is noise behind an undefined first byte; `random` is noise all through,
    so one packet in thirty looks like part of a key picture.
    `trickle`: a packet a key picture; `bad_lengths` lie inside RTP, `bad_framing` around it."""
    late_start_s: float = 0.0
    """Send the first packet so long after PLAY."""
    audio: Literal["normal", "silent", "late"] = "normal"
    audio_late_s: float = 4.0
    stall_after_s: float | None = None
    close_after_s: float | None = None
    close_how: Literal["fin", "rst", "half_open"] = "fin"
    """`half_open` ends its own direction only and never closes the socket."""
    jump_after_s: float | None = None
    jump_s: float = 3600.0
    frozen_timestamps: bool = False
    random_timestamps: bool = False
    near_wrap: bool = False
    """Start RTP time just before it wraps at 32 bits."""
    gap_after_s: float | None = None
    gap_s: float = 5.0
    switch_after_s: float | None = None
    """Change to the camera's `other` clip, as a changed resolution does."""
    lose_every: int = 0
    """Drop every n-th RTP packet."""
    swap_every: int = 0
    """Exchange every n-th RTP packet with the next one."""
    session_timeout_s: int = 60
    enforce_timeout: bool = False
    """Drop a client that sends neither request nor RTCP within the timeout."""


GOOD = Behaviour()
