"""The Date field (RFC 5322 3.3), as an aware time in UTC, or None. Shown only: nothing is decided by it (T79)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_tz

from parsers.fields import Fields, plain

_FARTHEST = 24 * 3600
_EARLIEST, _LATEST = 1970, 2200


def read(fields: Fields) -> datetime | None:
    """The first Date that can be read."""
    for value in fields.all("date")[:3]:
        found = parse(" ".join(plain(value).split())[:200])
        if found is not None:
            return found
    return None


def shown(moment: datetime | None) -> datetime | None:
    """A time read elsewhere, if it may be true."""
    return moment if moment is not None and _EARLIEST <= moment.year < _LATEST else None


def parse(text: str) -> datetime | None:
    """One date; without a zone it is taken as UTC."""
    try:
        found = parsedate_tz(text)
        if found is not None:
            year, month, day, hour, minute, second = found[:6]
            moment = datetime(year, month, day, hour, minute, min(second, 59), tzinfo=UTC)
            if abs(found[9] or 0) > _FARTHEST:
                return None
            moment -= timedelta(seconds=found[9] or 0)
        else:
            moment = datetime.fromisoformat(text)
            moment = moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError, TypeError, IndexError):
        return None
    return shown(moment)
