"""Alembic's hook: runs the migrations inside the transaction that `store.migrate` opened."""

from alembic import context

from store.failpoints import reach
from store.schema import metadata

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    transaction_per_migration=False,
    on_version_apply=lambda **_: reach("migrate.step"),
)
context.run_migrations()
