"""Every table of every domain, for migrations and tests."""

from pantau.accounts import models as _accounts  # noqa: F401
from pantau.accounts.keys import models as _keys  # noqa: F401
from pantau.analytics import rows as _analytics  # noqa: F401
from pantau.areas import models as _areas  # noqa: F401
from pantau.audit import append_only as _audit  # noqa: F401
from pantau.backups import rows as _backups  # noqa: F401
from pantau.cameras import rows as _cameras  # noqa: F401
from pantau.cameras.importing import models as _imports  # noqa: F401
from pantau.db import change_counters as _change_counters  # noqa: F401
from pantau.db.base import Base
from pantau.feedback import models as _feedback  # noqa: F401
from pantau.health import rows as _health  # noqa: F401
from pantau.notices import models as _notices  # noqa: F401
from pantau.notifications import rows as _notifications  # noqa: F401
from pantau.operations.reference_import import models as _reference_import  # noqa: F401
from pantau.recordings import rows as _recordings  # noqa: F401
from pantau.recordings.exports import rows as _exports  # noqa: F401
from pantau.recordings.rights import rows as _rights  # noqa: F401
from pantau.site import models as _site  # noqa: F401
from pantau.sponsors import rows as _sponsors  # noqa: F401
from pantau.streaming import media_report_rows as _media_reports  # noqa: F401
from pantau.viewers import models as _viewers  # noqa: F401

metadata = Base.metadata
