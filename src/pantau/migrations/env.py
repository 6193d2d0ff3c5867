"""Run by Alembic, on the connection and inside the transaction that `upgrade` hands it."""

from alembic import context

from pantau.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,
)
context.run_migrations()
