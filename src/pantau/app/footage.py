"""Footage as a web process has it: recorders, who may replay what, playback, keeping, clips."""

from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass

from pantau.app.accounts import Accounts
from pantau.app.camera_editing import CameraEditing
from pantau.app.exports import Exporting, exports_of
from pantau.app.footage_work import archives_of
from pantau.app.foundation import Foundation
from pantau.app.keeping import keeping_of
from pantau.app.playback import Playback, open_playback
from pantau.app.playback_rights import Rights, open_rights, rights_of
from pantau.app.recording import Recording, open_recordings, recording_of
from pantau.app.recording_work import places_of
from pantau.cameras.service import Catalogue
from pantau.core.supervisor import Service, Supervisor
from pantau.portal.playback.footage import VisibleFootage
from pantau.portal.playback.page import PlaybackPages
from pantau.portal.playback.recordings_list import RecordingsList
from pantau.recordings.keeping_service import Keeping
from pantau.recordings.playback.doors import Touch, nobody_counts
from pantau.recordings.playback.files import Files
from pantau.ui.render import Pages
from pantau.web.client_address import ClientAddresses
from pantau.web.csrf import CsrfTokens
from pantau.web.exchange import Choice


@dataclass(frozen=True, slots=True, kw_only=True)
class Footage:
    """The parts; endpoints and pages use the same."""

    base: Foundation
    catalogue: Catalogue
    editing: CameraEditing
    recording: Recording
    rights: Rights
    keeping: Keeping
    exporting: Exporting
    files: Files


@dataclass(frozen=True, slots=True, kw_only=True)
class Replaying:
    """What only a running process has: files that are open, pictures that are made."""

    footage: Footage
    playback: Playback

    def prefixes(self) -> Mapping[str, Choice]:
        """Return the routes of the fast lane for beginnings of addresses."""
        return self.playback.prefixes()

    def page(self, pages: Pages, csrf: CsrfTokens, clients: ClientAddresses) -> PlaybackPages:
        """Return the page on which footage is found."""
        footage = self.footage
        return PlaybackPages(
            catalogue=footage.catalogue,
            pages=pages,
            rights=footage.rights.replay,
            footage=self._visible(),
            csrf=csrf,
            clients=clients,
            access_s=footage.base.settings.accounts.access_s,
        )

    def list_of(self, pages: Pages) -> RecordingsList:
        """Return the page on which a camera is chosen."""
        footage = self.footage
        return RecordingsList(
            catalogue=footage.catalogue,
            pages=pages,
            rights=footage.rights.replay,
            ends=self._visible().ends,
        )

    def _visible(self) -> VisibleFootage:
        recording = self.footage.recording
        return VisibleFootage(self.playback.timelines, recording.catalogue, recording.book)


def footage_of(
    base: Foundation,
    catalogue: Catalogue,
    accounts: Accounts,
    editing: CameraEditing,
    clients: ClientAddresses,
) -> Footage:
    """Return the parts; starts nothing."""
    recording = recording_of(base, editing, places_of(base))
    rights = rights_of(
        base,
        catalogue,
        accounts.signing_in.resolver,
        counters=accounts.counters,
        clients=clients,
    )
    return _joined(
        base, catalogue, editing=editing, recording=recording, rights=rights, files=Files()
    )


async def open_footage(
    base: Foundation,
    catalogue: Catalogue,
    accounts: Accounts,
    editing: CameraEditing,
    clients: ClientAddresses,
    *,
    supervisor: Supervisor,
    closing: AsyncExitStack,
    touch: Touch = nobody_counts,
) -> Replaying:
    """Return them, known already and kept up to date by services.

    `touch` is told of everybody who replays a camera.
    """
    recording = await open_recordings(
        base,
        editing,
        supervisor=supervisor,
        closing=closing,
        others=archives_of(base.settings.recordings.archive),
        cameras=catalogue,
    )
    rights = await open_rights(
        base,
        catalogue,
        accounts.signing_in.resolver,
        counters=accounts.counters,
        clients=clients,
        supervisor=supervisor,
        closing=closing,
    )
    playback = await open_playback(
        base,
        catalogue,
        recording.catalogue,
        rights.replay,
        places=recording.places,
        supervisor=supervisor,
        closing=closing,
        touch=touch,
    )
    footage = _joined(
        base,
        catalogue,
        editing=editing,
        recording=recording,
        rights=rights,
        files=playback.files,
    )
    supervisor.add(Service("recordings.figures", footage.keeping.follow))
    return Replaying(footage=footage, playback=playback)


def _joined(
    base: Foundation,
    catalogue: Catalogue,
    *,
    editing: CameraEditing,
    recording: Recording,
    rights: Rights,
    files: Files,
) -> Footage:
    return Footage(
        base=base,
        catalogue=catalogue,
        editing=editing,
        recording=recording,
        rights=rights,
        keeping=keeping_of(base, catalogue, recording.places),
        exporting=exports_of(base, catalogue, recording.catalogue),
        files=files,
    )
