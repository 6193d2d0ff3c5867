"""Every table of every domain, for migrations and tests."""

from pantau.db.base import Base

metadata = Base.metadata
