"""Where something is, taken apart."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Address:
    """Where a source is.  `request_url` has no login in it: it may travel in the clear."""

    host: str
    port: int
    is_tls: bool
    request_url: str
    user: str = field(default="", repr=False)
    password: str = field(default="", repr=False)

    @property
    def place(self) -> tuple[str, int, bool]:
        """What two addresses share that one connection can serve."""
        return self.host, self.port, self.is_tls
