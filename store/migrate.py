"""Brings a store of any age up to the schema of this program (Alembic, run by the program itself).

A store that is newer than the program is refused: an old binary must not write into it.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, inspect, text

from store.engine import Database
from store.schema import HEAD


class StoreTooNew(Exception):
    """The store was migrated by a newer maild."""


def version(connection: Connection) -> str | None:
    """The migration a store stands at; None for an empty one."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("select version_num from alembic_version")).scalar()


def migrate(database: Database) -> bool:
    """Run what is missing, in one transaction. True when something was."""
    with database.read() as connection:
        if version(connection) == HEAD:
            return False
    with database.write() as connection:
        if not database.is_sqlite:  # two nodes started at once: one migrates, the other finds it done
            connection.execute(text("select pg_advisory_xact_lock(620233)"))
        found = version(connection)
        if found == HEAD:
            return False
        if found is not None and found > HEAD:
            raise StoreTooNew(f"the store is at migration {found}, this maild knows up to {HEAD}")
        _upgrade(connection)
    return True


def _upgrade(connection: Connection) -> None:
    from alembic import command  # costs a tenth of a second; only needed when something is to be done
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
