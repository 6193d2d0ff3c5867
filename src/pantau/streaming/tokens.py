"""Stream tokens: permission for one camera's pictures, for an hour, to whoever holds the token."""

from dataclasses import dataclass
from typing import Any, Final, get_args

from pantau.cameras.access import Visitor
from pantau.cameras.models import Camera
from pantau.core.clock import Clock
from pantau.core.errors import Forbidden, Unauthenticated
from pantau.core.left_out import left_out
from pantau.core.signing import derive_key

# For signatures of other kinds than ours: 30 modules and 2 MB.
with left_out("cryptography.x509", "cryptography.hazmat.primitives.asymmetric"):
    import jwt

LIVES_S: Final = 3_600
_AUDIENCE: Final = "pantau.stream"
_TYPE: Final = "stream_access"
_ALGORITHM: Final = "HS256"
_MOST_CHARACTERS: Final = 1_024
_CLAIMS: Final = ["cameraId", "streamKey", "type", "level", "iat", "exp", "aud"]


@dataclass(frozen=True, slots=True)
class StreamTokens:
    """Issues and reads them; make it with `stream_tokens`."""

    key: bytes
    clock: Clock

    def issue(self, camera: Camera, level: Visitor) -> str:
        """Return a token that opens `camera` as far as `level` may see it, and nothing else."""
        issued_s = int(self.clock.unix_s())
        claims: dict[str, Any] = {
            "cameraId": int(camera.id),
            "streamKey": camera.stream_key,
            "type": _TYPE,
            "level": level,
            "iat": issued_s,
            "exp": issued_s + LIVES_S,
            "aud": _AUDIENCE,
        }
        return jwt.encode(claims, self.key, algorithm=_ALGORITHM)

    def level_of(self, text: str, camera: Camera) -> Visitor:
        """Return for whom a token was issued.

        Raises Unauthenticated for one that has expired, and Forbidden for everything else: another
        camera's, another key's after a rotation, something that is no stream token at all.
        """
        claims = self._claims(text)
        if claims["exp"] <= self.clock.unix_s():
            raise Unauthenticated("stream.token_expired", "This link to the stream has expired.")
        is_its = claims["cameraId"] == camera.id and claims["streamKey"] == camera.stream_key
        if claims["type"] != _TYPE or not is_its or claims["level"] not in get_args(Visitor):
            raise _refused()
        level: Visitor = claims["level"]
        return level

    def _claims(self, text: str) -> dict[str, Any]:
        if len(text) > _MOST_CHARACTERS:
            raise _refused()
        try:
            # When it ends is judged by the clock of this process, which tests can wind.
            claims = jwt.decode(
                text,
                self.key,
                algorithms=[_ALGORITHM],
                audience=_AUDIENCE,
                options={"require": _CLAIMS, "verify_exp": False, "verify_iat": False},
            )
        except jwt.InvalidTokenError:
            raise _refused() from None
        if not isinstance(claims["exp"], int):
            raise _refused()
        return claims


def stream_tokens(secret: bytes, clock: Clock) -> StreamTokens:
    """Return the tokens of an installation; their key opens nothing else."""
    return StreamTokens(derive_key(secret, "stream-token"), clock)


def _refused() -> Forbidden:
    return Forbidden("stream.token_refused", "This link does not open this stream.")
