"""Everything an operator may set, where it is read from, and what to say when it is wrong."""

from pantau.settings.load import SettingsError, load_settings
from pantau.settings.model import (
    AccountSettings,
    AuditSettings,
    CacheSettings,
    CameraSettings,
    DatabaseSettings,
    EdgeSettings,
    LimitSettings,
    MediaSettings,
    RecordingSettings,
    Settings,
    SiteSettings,
    ThumbnailSettings,
)

__all__ = [
    "AccountSettings",
    "AuditSettings",
    "CacheSettings",
    "CameraSettings",
    "DatabaseSettings",
    "EdgeSettings",
    "LimitSettings",
    "MediaSettings",
    "RecordingSettings",
    "Settings",
    "SettingsError",
    "SiteSettings",
    "ThumbnailSettings",
    "load_settings",
]
