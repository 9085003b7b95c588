"""What was learnt, version by version: the newest is in use, the one before it is kept for a look back."""

from __future__ import annotations

from sqlalchemy import Connection, delete, insert, select

from store.learnt import KeptModel
from store.schema import models

_KEPT = 3
"""Versions."""


class Models:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def live_version(self) -> str | None:
        """The one in use; None where nothing was learnt yet. Asked at every new case: one row by the primary key."""
        query = select(models.c.version).order_by(models.c.id.desc()).limit(1)
        version: str | None = self._connection.execute(query).scalar()
        return version

    def live(self) -> KeptModel | None:
        columns = (models.c.version, models.c.made_at, models.c.until, models.c.lessons, models.c.report)
        row = self._connection.execute(select(*columns).order_by(models.c.id.desc()).limit(1)).first()
        if row is None:
            return None
        return KeptModel(
            version=row.version, made_at=row.made_at, until=row.until, lessons=row.lessons, report=row.report
        )

    def content(self, version: str) -> str | None:
        content: str | None = self._connection.execute(
            select(models.c.content).where(models.c.version == version)
        ).scalar()
        return content

    def put_to_use(self, model: KeptModel, content: str) -> None:
        """From now on this one; one of the same version is moved to the front."""
        self._connection.execute(delete(models).where(models.c.version == model.version))
        row = {
            "version": model.version,
            "made_at": model.made_at,
            "until": model.until,
            "lessons": model.lessons,
            "report": model.report,
            "content": content,
        }
        self._connection.execute(insert(models).values(**row))
        kept = select(models.c.id).order_by(models.c.id.desc()).limit(_KEPT)
        ids = [number for (number,) in self._connection.execute(kept)]
        self._connection.execute(delete(models).where(models.c.id.not_in(ids)))
