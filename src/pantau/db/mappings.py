"""The mapping of tables to classes, worked out before anybody waits for a query."""

from sqlalchemy.orm import configure_mappers


def work_out_mappings() -> None:
    """Do what the first query would do; for all tables whose modules are loaded."""
    configure_mappers()
