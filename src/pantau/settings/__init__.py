"""Everything an operator may set, where it is read from, and what to say when it is wrong."""

from pantau.settings.load import SettingsError, load_settings
from pantau.settings.model import (
    DATABASE_FILE,
    AccountSettings,
    AuditSettings,
    CacheSettings,
    CameraSettings,
    DatabaseSettings,
    EdgeSettings,
    LimitSettings,
    MediaSettings,
    Settings,
    SiteSettings,
    ThumbnailSettings,
)
from pantau.settings.recordings import ArchiveSettings, RecordingSettings
from pantau.settings.release import ReleaseSettings

__all__ = [
    "DATABASE_FILE",
    "AccountSettings",
    "ArchiveSettings",
    "AuditSettings",
    "CacheSettings",
    "CameraSettings",
    "DatabaseSettings",
    "EdgeSettings",
    "LimitSettings",
    "MediaSettings",
    "RecordingSettings",
    "ReleaseSettings",
    "Settings",
    "SettingsError",
    "SiteSettings",
    "ThumbnailSettings",
    "load_settings",
]
