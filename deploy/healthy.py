#!/usr/bin/env python3
"""Is the desk well? Reads `maild status --json` on standard input; exit code 1, and why, if not.

    maild status --json | python3 healthy.py [MINUTES]

Not well: a mailbox that was not read for MINUTES (default 15), a mail that has been due for as long, or a disk that
is short of room. The standard library is all it needs.
"""

import json
import sys
from datetime import UTC, datetime, timedelta


def complaints(status: dict, now: datetime, patience: timedelta) -> list[str]:
    """What is wrong, one line each; nothing when all is well."""
    found = []
    for mailbox in status["mailboxes"]:
        if mailbox["name"] == "lmtp":  # stands still for `settle` after each start, as it should
            continue
        read_at = mailbox["read_at"]
        if read_at is None:
            found.append(f"mailbox {mailbox['name']} was never read")
        elif now - datetime.fromisoformat(read_at) > patience:
            found.append(f"mailbox {mailbox['name']} was last read at {read_at}")
    disk = status.get("disk")
    if disk is not None and disk["short"]:
        found.append(f"the disk is short of room: {disk['free']} bytes free, {disk['limit']} are needed")
    next_mail_at = status["next_mail_at"]
    if next_mail_at is not None and now - datetime.fromisoformat(next_mail_at) > patience:
        found.append(f"a mail has been due since {next_mail_at}")
    return found


def main() -> int:
    minutes = float(sys.argv[1]) if len(sys.argv) > 1 else 15
    try:
        status = json.load(sys.stdin)
    except ValueError:
        print("maild status gave no answer")
        return 1
    wrong = complaints(status, datetime.now(UTC), timedelta(minutes=minutes))
    print("\n".join(wrong) or "well")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
