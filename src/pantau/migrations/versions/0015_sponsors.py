"""Sponsors and their packages."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
oldest_release = "0015"

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_AT = sa.DateTime(timezone=True)
_PACKAGES = "package IN ('bronze', 'silver', 'gold')"


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "sponsors",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("logo", sa.String(500), nullable=False),
        sa.Column("url", sa.String(500), nullable=False),
        sa.Column("package", sa.String(16), nullable=False),
        sa.Column("price", sa.Float),
        sa.Column("active", sa.Boolean, nullable=False),
        sa.Column("start_on", sa.Date),
        sa.Column("end_on", sa.Date),
        sa.Column("contact_name", sa.String(200), nullable=False),
        sa.Column("contact_email", sa.String(200), nullable=False),
        sa.Column("contact_phone", sa.String(50), nullable=False),
        sa.Column("notes", sa.Text, nullable=False),
        sa.Column("created_at", _AT, nullable=False),
        sa.Column("updated_at", _AT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_sponsors"),
        sa.UniqueConstraint("name", name="uq_sponsors_name"),
        sa.CheckConstraint(_PACKAGES, name=op.f("ck_sponsors_package")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "sponsor_packages",
        sa.Column("package", sa.String(16), nullable=False),
        sa.Column("price", sa.Float, nullable=False),
        sa.Column("quota", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("package", name="pk_sponsor_packages"),
        sa.CheckConstraint(_PACKAGES, name=op.f("ck_sponsor_packages_package")),
    )
