"""What the names in the audit trail mean, as people say it."""

from collections.abc import Callable, Mapping

Say = Callable[[str], str]


def happenings(_: Say) -> Mapping[str, str]:
    """Return the words of one language by the names of `audit.events`."""
    return {
        **_of_people(_),
        **_of_footage(_),
        **_of_the_hub(_),
        **_of_words(_),
        **_of_alerts_and_backups(_),
        **_of_strangers(_),
        **_of_security(_),
    }


def facts_of_releases(_: Say) -> Mapping[str, str]:
    """Return what the facts of a deploy are called, and its results."""
    return {
        "from_release": _("From release"),
        "to_release": _("To release"),
        "result": _("Result"),
        "reason": _("Reason"),
        "deployed_by": _("Deployed by"),
        "deployed": _("Stays"),
        "rolled_back": _("Taken back"),
        "given_up": _("Not begun"),
        "failed": _("Needs somebody"),
    }


def _of_people(_: Say) -> Mapping[str, str]:
    return {
        "LOGIN": _("Signed in"),
        "LOGOUT": _("Signed out"),
        "CREATE_CAMERA": _("Added a camera"),
        "UPDATE_CAMERA": _("Changed a camera"),
        "DELETE_CAMERA": _("Deleted a camera"),
        "CUT_OFF_CAMERA": _("Cut a camera off from the public"),
        "RESTORE_CAMERA": _("Gave a camera back to the public"),
        "ROTATE_STREAM_KEY": _("Gave a camera another stream key"),
        "CHANGE_CAMERAS": _("Changed several cameras"),
        "IMPORT_CAMERAS": _("Imported cameras"),
        "UNDO_CAMERA_IMPORT": _("Took an import back"),
        "EXPORT_CAMERAS": _("Exported cameras"),
        "CREATE_USER": _("Added a user"),
        "UPDATE_USER": _("Changed a user"),
        "CHANGE_PASSWORD": _("Gave somebody a new password"),
        "CHANGE_OWN_PASSWORD": _("Changed the own password"),
        "DELETE_USER": _("Deleted a user"),
        "UPDATE_PROFILE": _("Changed the own profile"),
        "CREATE_AREA": _("Added an area"),
        "UPDATE_AREA": _("Changed an area"),
        "DELETE_AREA": _("Deleted an area"),
        "MERGE_AREAS": _("Joined two areas"),
        "account_unlocked": _("Unlocked an account"),
        "address_unlocked": _("Unlocked an address"),
        "second_factor_enabled": _("Switched the second factor on"),
        "second_factor_disabled": _("Switched the second factor off"),
        "recovery_codes_renewed": _("Made new recovery codes"),
        "first_admin_created": _("Became admin through a link"),
    }


def _of_footage(_: Say) -> Mapping[str, str]:
    return {
        "START_RECORDING": _("Had a camera recorded"),
        "STOP_RECORDING": _("Had a camera no longer recorded"),
        "RESTART_RECORDING": _("Restarted a recording"),
        "UPDATE_RECORDING": _("Changed how a camera is recorded"),
        "HOLD_RECORDINGS": _("Held recordings"),
        "RELEASE_HOLD": _("Released held recordings"),
        "DELETE_RECORDINGS": _("Deleted recordings"),
        "SET_AREA_QUOTA": _("Changed how much an area may keep"),
        "EXPORT_CLIP": _("Ordered a clip"),
        "CANCEL_EXPORT": _("Cancelled a clip"),
        "DELETE_EXPORT": _("Deleted a clip"),
        "LINK_CLIP": _("Shared a clip"),
        "REVOKE_CLIP_LINK": _("Stopped sharing a clip"),
        "CREATE_PLAYBACK_TOKEN": _("Made a playback token"),
        "UPDATE_PLAYBACK_TOKEN": _("Changed a playback token"),
        "REVOKE_PLAYBACK_TOKEN": _("Revoked a playback token"),
        "ACTIVATE_PLAYBACK_TOKEN": _("Activated a playback token"),
        "END_PLAYBACK_DEVICE": _("Signed a device off playback"),
    }


def _of_the_hub(_: Say) -> Mapping[str, str]:
    return {
        "timezone_updated": _("Changed the time zone"),
        "backup_exported": _("Took a backup"),
        "backup_imported": _("Restored a backup"),
        "recording_started": _("Started recording"),
        "recording_stopped": _("Stopped recording"),
        "recording_settings_updated": _("Changed recording settings"),
        "branding_updated": _("Changed the branding"),
        "branding_bulk_updated": _("Changed the whole branding"),
        "branding_reset": _("Reset the branding"),
        "saweria_settings_updated": _("Changed donation settings"),
        "sponsor_created": _("Added a sponsor"),
        "sponsor_updated": _("Changed a sponsor"),
        "sponsor_deleted": _("Deleted a sponsor"),
        "sponsor_assigned": _("Gave a camera a sponsor"),
        "sponsor_removed": _("Took a sponsor off a camera"),
        "settings_updated": _("Changed settings"),
        "telegram_config_updated": _("Changed Telegram settings"),
        "feedback_updated": _("Answered feedback"),
        "feedback_deleted": _("Deleted feedback"),
        "cache_invalidated": _("Dropped cached answers"),
        "cache_cleared": _("Emptied the cache"),
        "media_server_synced": _("Synchronised the media server"),
        "health_alarm_acknowledged": _("Acknowledged an alarm"),
        "reference_imported": _("Imported another hub's data"),
        "secrets_rotated": _("Replaced the sealing key"),
        "audit_exported": _("Exported the audit trail"),
    }


def _of_words(_: Say) -> Mapping[str, str]:
    return {
        "CREATE_ANNOUNCEMENT": _("Added an announcement"),
        "UPDATE_ANNOUNCEMENT": _("Changed an announcement"),
        "DELETE_ANNOUNCEMENT": _("Deleted an announcement"),
        "UPDATE_CAMERA_NOTICE": _("Changed what is said about a camera"),
        "EXPORT_ANALYTICS": _("Exported numbers about viewers"),
    }


def _of_alerts_and_backups(_: Say) -> Mapping[str, str]:
    return {
        "CREATE_ALERT_TARGET": _("Added a destination for alerts"),
        "UPDATE_ALERT_TARGET": _("Changed a destination for alerts"),
        "DELETE_ALERT_TARGET": _("Deleted a destination for alerts"),
        "CREATE_ALERT_RULE": _("Added an alert rule"),
        "UPDATE_ALERT_RULE": _("Changed an alert rule"),
        "DELETE_ALERT_RULE": _("Deleted an alert rule"),
        "UPDATE_ALERT_SETTINGS": _("Changed alert settings"),
        "BEGIN_MAINTENANCE": _("Silenced alerts for maintenance"),
        "END_MAINTENANCE": _("Ended maintenance"),
        "DRILL_ALERTS": _("Sent a test alert"),
        "RETRY_ALERT": _("Sent an alert again"),
        "CREATE_BACKUP": _("Made a backup"),
        "DELETE_BACKUP": _("Deleted a backup"),
        "RESTORE_BACKUP": _("Restored the whole hub"),
        "ROLL_BACK_DATABASE": _("Rolled the database back to an earlier release"),
        "UPDATE_BACKUP_PLAN": _("Changed the plan for backups"),
        "DEPLOY_RELEASE": _("Deployed a release"),
        "DEPLOY_RELEASE_FAILED": _("The deploy of a release failed"),
        "ROLL_BACK_RELEASE": _("Went back to an earlier release"),
        "ROLL_BACK_RELEASE_FAILED": _("Going back to an earlier release failed"),
    }


def _of_strangers(_: Say) -> Mapping[str, str]:
    return {
        "AUTH_FAILURE": _("Failed to sign in"),
        "ACCOUNT_LOCKOUT": _("Account locked after wrong passwords"),
        "RATE_LIMIT_EXCEEDED": _("Asked too often"),
        "API_KEY_INVALID": _("Wrong API key"),
        "CSRF_INVALID": _("Form without a valid token"),
        "ORIGIN_VALIDATION_FAILURE": _("Request from another site refused"),
        "VALIDATION_FAILURE": _("Unusable values refused"),
        "PASSWORD_VALIDATION_FAILED": _("Weak password refused"),
        "FINGERPRINT_MISMATCH": _("Session used by another browser"),
        "TOKEN_BLACKLISTED": _("Used token came back"),
    }


def _of_security(_: Say) -> Mapping[str, str]:
    return {
        "AUTH_SUCCESS": _("Sign-in"),
        "API_KEY_CREATED": _("Made an API key"),
        "API_KEY_REVOKED": _("Revoked an API key"),
        "SESSION_INVALIDATED": _("Session ended"),
        "SESSION_CREATED": _("Session began"),
        "SESSION_REFRESHED": _("Session renewed"),
        "PASSWORD_CHANGED": _("Password change"),
        "ADMIN_ACTION": _("Change to the hub"),
        "USER_CREATED": _("New user"),
        "USER_UPDATED": _("Change to a user"),
        "USER_DELETED": _("Deleted user"),
        "CAMERA_CREATED": _("New camera"),
        "CAMERA_UPDATED": _("Change to a camera"),
        "CAMERA_DELETED": _("Deleted camera"),
        "PLAYBACK_REFUSED": _("Code or link for playback refused"),
        "AUDIT_NOTES_MERGED": _("So much happened that it was only counted"),
        "AUDIT_ENTRIES_EXPIRED": _("Old entries left the trail"),
    }
