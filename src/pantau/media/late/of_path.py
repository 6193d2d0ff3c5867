"""The late presentation that a path has at the moment, if any."""

from pantau.media.late.presentation import LatePresentation
from pantau.media.live.numbering import first_number
from pantau.media.live.window import LiveWindow
from pantau.media.options import Tools
from pantau.media.paths import PathConfig
from pantau.media.stills import StillKeeper


class LateOfPath:
    """Follows the configuration of a path.  Loop only."""

    def __init__(self, path: str, tools: Tools) -> None:
        self.presentation: LatePresentation | None = None
        """What is shown late; None: nothing."""
        self._path = path
        self._tools = tools

    def follow(self, config: PathConfig) -> None:
        """Begin, change or end what is shown late, as `config` says."""
        delay_s, root = config.delay_s, config.spool_dir
        if not delay_s or root is None:
            self.end()
        elif self.presentation is not None:
            self.presentation.change(delay_s)
        else:
            self.presentation = LatePresentation(
                self._path,
                root=root,
                delay_s=delay_s,
                disk=self._tools.disk,
                clock=self._tools.clock,
                rules=self._tools.options.late,
                first_number=first_number(self._tools.clock.unix_s()),
            )

    def keep(self, window: LiveWindow) -> None:
        """Keep the newest segment for later."""
        if self.presentation is not None:
            self.presentation.take(window.last_closed)

    def step(self, keeper: StillKeeper, *, has_stills_only: bool) -> None:
        """Do what is due."""
        if self.presentation is not None:
            if has_stills_only:
                self.presentation.take_picture(keeper.latest)
            self.presentation.step()

    def end(self) -> None:
        """Show nothing late any more."""
        if self.presentation is not None:
            self.presentation.close()
            self.presentation = None
