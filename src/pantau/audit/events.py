"""What can be recorded: actions of people, events of the guard, and what the trail says of itself.

One thing that happened is one entry.  An action also counts as the security event of `event_of`, so
that a search for either name finds it.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final, Literal

Kind = Literal["action", "security"]


class Action(StrEnum):
    """What somebody did who was known."""

    LOGIN = "LOGIN"
    LOGOUT = "LOGOUT"
    CREATE_CAMERA = "CREATE_CAMERA"
    UPDATE_CAMERA = "UPDATE_CAMERA"
    DELETE_CAMERA = "DELETE_CAMERA"
    CREATE_USER = "CREATE_USER"
    UPDATE_USER = "UPDATE_USER"
    CHANGE_PASSWORD = "CHANGE_PASSWORD"  # noqa: S105 - a name
    CHANGE_OWN_PASSWORD = "CHANGE_OWN_PASSWORD"  # noqa: S105 - a name
    DELETE_USER = "DELETE_USER"
    UPDATE_PROFILE = "UPDATE_PROFILE"
    CREATE_AREA = "CREATE_AREA"
    UPDATE_AREA = "UPDATE_AREA"
    DELETE_AREA = "DELETE_AREA"
    MERGE_AREAS = "MERGE_AREAS"
    CUT_OFF_CAMERA = "CUT_OFF_CAMERA"
    RESTORE_CAMERA = "RESTORE_CAMERA"
    ROTATE_STREAM_KEY = "ROTATE_STREAM_KEY"
    CHANGE_CAMERAS = "CHANGE_CAMERAS"
    """Many at once."""
    IMPORT_CAMERAS = "IMPORT_CAMERAS"
    UNDO_CAMERA_IMPORT = "UNDO_CAMERA_IMPORT"
    EXPORT_CAMERAS = "EXPORT_CAMERAS"
    START_RECORDING = "START_RECORDING"
    STOP_RECORDING = "STOP_RECORDING"
    RESTART_RECORDING = "RESTART_RECORDING"
    UPDATE_RECORDING = "UPDATE_RECORDING"
    HOLD_RECORDINGS = "HOLD_RECORDINGS"
    RELEASE_HOLD = "RELEASE_HOLD"
    DELETE_RECORDINGS = "DELETE_RECORDINGS"
    SET_AREA_QUOTA = "SET_AREA_QUOTA"
    EXPORT_CLIP = "EXPORT_CLIP"
    CANCEL_EXPORT = "CANCEL_EXPORT"
    DELETE_EXPORT = "DELETE_EXPORT"
    LINK_CLIP = "LINK_CLIP"
    REVOKE_CLIP_LINK = "REVOKE_CLIP_LINK"
    CREATE_PLAYBACK_TOKEN = "CREATE_PLAYBACK_TOKEN"  # noqa: S105 - a name
    UPDATE_PLAYBACK_TOKEN = "UPDATE_PLAYBACK_TOKEN"  # noqa: S105 - a name
    REVOKE_PLAYBACK_TOKEN = "REVOKE_PLAYBACK_TOKEN"  # noqa: S105 - a name
    ACTIVATE_PLAYBACK_TOKEN = "ACTIVATE_PLAYBACK_TOKEN"  # noqa: S105 - a name
    END_PLAYBACK_DEVICE = "END_PLAYBACK_DEVICE"
    CREATE_ANNOUNCEMENT = "CREATE_ANNOUNCEMENT"
    UPDATE_ANNOUNCEMENT = "UPDATE_ANNOUNCEMENT"
    DELETE_ANNOUNCEMENT = "DELETE_ANNOUNCEMENT"
    UPDATE_CAMERA_NOTICE = "UPDATE_CAMERA_NOTICE"
    CREATE_ALERT_TARGET = "CREATE_ALERT_TARGET"
    UPDATE_ALERT_TARGET = "UPDATE_ALERT_TARGET"
    DELETE_ALERT_TARGET = "DELETE_ALERT_TARGET"
    CREATE_ALERT_RULE = "CREATE_ALERT_RULE"
    UPDATE_ALERT_RULE = "UPDATE_ALERT_RULE"
    DELETE_ALERT_RULE = "DELETE_ALERT_RULE"
    UPDATE_ALERT_SETTINGS = "UPDATE_ALERT_SETTINGS"
    BEGIN_MAINTENANCE = "BEGIN_MAINTENANCE"
    END_MAINTENANCE = "END_MAINTENANCE"
    DRILL_ALERTS = "DRILL_ALERTS"
    RETRY_ALERT = "RETRY_ALERT"
    CREATE_BACKUP = "CREATE_BACKUP"
    DELETE_BACKUP = "DELETE_BACKUP"
    RESTORE_BACKUP = "RESTORE_BACKUP"
    ROLL_BACK_DATABASE = "ROLL_BACK_DATABASE"
    DEPLOY_RELEASE = "DEPLOY_RELEASE"
    DEPLOY_RELEASE_FAILED = "DEPLOY_RELEASE_FAILED"
    ROLL_BACK_RELEASE = "ROLL_BACK_RELEASE"
    ROLL_BACK_RELEASE_FAILED = "ROLL_BACK_RELEASE_FAILED"
    UPDATE_BACKUP_PLAN = "UPDATE_BACKUP_PLAN"
    EXPORT_ANALYTICS = "EXPORT_ANALYTICS"


class AdminAction(StrEnum):
    """What somebody did to the installation; all of them are `ADMIN_ACTION` events."""

    TIMEZONE_UPDATED = "timezone_updated"
    BACKUP_EXPORTED = "backup_exported"
    BACKUP_IMPORTED = "backup_imported"
    RECORDING_STARTED = "recording_started"
    RECORDING_STOPPED = "recording_stopped"
    RECORDING_SETTINGS_UPDATED = "recording_settings_updated"
    BRANDING_UPDATED = "branding_updated"
    BRANDING_BULK_UPDATED = "branding_bulk_updated"
    BRANDING_RESET = "branding_reset"
    SAWERIA_SETTINGS_UPDATED = "saweria_settings_updated"
    SPONSOR_CREATED = "sponsor_created"
    SPONSOR_UPDATED = "sponsor_updated"
    SPONSOR_DELETED = "sponsor_deleted"
    SPONSOR_ASSIGNED = "sponsor_assigned"
    SPONSOR_REMOVED = "sponsor_removed"
    SETTINGS_UPDATED = "settings_updated"
    TELEGRAM_CONFIG_UPDATED = "telegram_config_updated"
    FEEDBACK_UPDATED = "feedback_updated"
    FEEDBACK_DELETED = "feedback_deleted"
    CACHE_INVALIDATED = "cache_invalidated"
    CACHE_CLEARED = "cache_cleared"
    MEDIA_SERVER_SYNCED = "media_server_synced"
    HEALTH_ALARM_ACKNOWLEDGED = "health_alarm_acknowledged"
    REFERENCE_IMPORTED = "reference_imported"
    ACCOUNT_UNLOCKED = "account_unlocked"
    ADDRESS_UNLOCKED = "address_unlocked"
    SECOND_FACTOR_ENABLED = "second_factor_enabled"
    SECOND_FACTOR_DISABLED = "second_factor_disabled"
    RECOVERY_CODES_RENEWED = "recovery_codes_renewed"
    FIRST_ADMIN_CREATED = "first_admin_created"
    SECRETS_ROTATED = "secrets_rotated"
    AUDIT_EXPORTED = "audit_exported"


class SecurityEvent(StrEnum):
    """What touches the safety of the installation, also when a stranger did it."""

    AUTH_SUCCESS = "AUTH_SUCCESS"
    AUTH_FAILURE = "AUTH_FAILURE"
    ACCOUNT_LOCKOUT = "ACCOUNT_LOCKOUT"
    RATE_LIMIT_EXCEEDED = "RATE_LIMIT_EXCEEDED"
    API_KEY_INVALID = "API_KEY_INVALID"
    API_KEY_CREATED = "API_KEY_CREATED"
    API_KEY_REVOKED = "API_KEY_REVOKED"
    CSRF_INVALID = "CSRF_INVALID"
    ORIGIN_VALIDATION_FAILURE = "ORIGIN_VALIDATION_FAILURE"
    SESSION_INVALIDATED = "SESSION_INVALIDATED"
    SESSION_CREATED = "SESSION_CREATED"
    SESSION_REFRESHED = "SESSION_REFRESHED"
    TOKEN_BLACKLISTED = "TOKEN_BLACKLISTED"  # noqa: S105 - a name
    FINGERPRINT_MISMATCH = "FINGERPRINT_MISMATCH"
    PASSWORD_CHANGED = "PASSWORD_CHANGED"  # noqa: S105 - a name
    PASSWORD_VALIDATION_FAILED = "PASSWORD_VALIDATION_FAILED"  # noqa: S105 - a name
    VALIDATION_FAILURE = "VALIDATION_FAILURE"
    ADMIN_ACTION = "ADMIN_ACTION"
    USER_CREATED = "USER_CREATED"
    USER_UPDATED = "USER_UPDATED"
    USER_DELETED = "USER_DELETED"
    CAMERA_CREATED = "CAMERA_CREATED"
    CAMERA_UPDATED = "CAMERA_UPDATED"
    CAMERA_DELETED = "CAMERA_DELETED"
    PLAYBACK_REFUSED = "PLAYBACK_REFUSED"
    """Somebody opened a link or typed a code for footage that opens nothing, or nothing more."""


class TrailEvent(StrEnum):
    """What the trail says of itself."""

    NOTES_MERGED = "AUDIT_NOTES_MERGED"
    """So much happened in a minute that events were counted instead of told one by one."""
    ENTRIES_EXPIRED = "AUDIT_ENTRIES_EXPIRED"


Name = Action | AdminAction | SecurityEvent | TrailEvent

_EVENTS: Final[Mapping[Name, SecurityEvent]] = {
    Action.LOGIN: SecurityEvent.AUTH_SUCCESS,
    Action.LOGOUT: SecurityEvent.SESSION_INVALIDATED,
    Action.CREATE_CAMERA: SecurityEvent.CAMERA_CREATED,
    Action.UPDATE_CAMERA: SecurityEvent.CAMERA_UPDATED,
    Action.DELETE_CAMERA: SecurityEvent.CAMERA_DELETED,
    Action.CUT_OFF_CAMERA: SecurityEvent.CAMERA_UPDATED,
    Action.RESTORE_CAMERA: SecurityEvent.CAMERA_UPDATED,
    Action.ROTATE_STREAM_KEY: SecurityEvent.CAMERA_UPDATED,
    Action.CHANGE_CAMERAS: SecurityEvent.CAMERA_UPDATED,
    Action.IMPORT_CAMERAS: SecurityEvent.CAMERA_CREATED,
    Action.UNDO_CAMERA_IMPORT: SecurityEvent.CAMERA_DELETED,
    Action.CREATE_USER: SecurityEvent.USER_CREATED,
    Action.UPDATE_USER: SecurityEvent.USER_UPDATED,
    Action.CHANGE_PASSWORD: SecurityEvent.PASSWORD_CHANGED,
    Action.CHANGE_OWN_PASSWORD: SecurityEvent.PASSWORD_CHANGED,
    Action.DELETE_USER: SecurityEvent.USER_DELETED,
    Action.UPDATE_PROFILE: SecurityEvent.USER_UPDATED,
}


def kind_of(name: Name) -> Kind:
    """Return whether `name` is an action of somebody known or a matter of security."""
    return "action" if isinstance(name, Action | AdminAction) else "security"


def event_of(name: Name) -> SecurityEvent | TrailEvent:
    """Return the security event that `name` counts as."""
    if isinstance(name, SecurityEvent | TrailEvent):
        return name
    return _EVENTS.get(name, SecurityEvent.ADMIN_ACTION)


def event_called(name: str) -> str:
    """Return the event that an entry of this `name` counts as; a name we do not know is its own."""
    known = {str(one): one for one in all_names()}
    return str(event_of(known[name])) if name in known else name


def all_names() -> tuple[Name, ...]:
    """Return every name that an entry can have."""
    return (*Action, *AdminAction, *SecurityEvent, *TrailEvent)


def names_meant_by(written: str) -> tuple[str, ...]:
    """Return the names a search for `written` must find: itself and what counts as it."""
    counted = (str(name) for name in all_names() if event_of(name) == written)
    return tuple(dict.fromkeys((written, *counted)))
