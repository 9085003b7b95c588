"""The three kinds of trouble. Anything else that is raised is a bug.

MaildError
├── Temporary    the world is out of order just now: retry with back-off (exit code 75)
├── Permanent    it will not get better by itself: give up visibly (exit code 1)
└── UserError    wrong use or configuration: the message says the next step, no traceback (exit code 2)
"""

from __future__ import annotations

DONE, FAILED, WRONG_USE, TRY_AGAIN = 0, 1, 2, 75
"""Exit codes; 75 is EX_TEMPFAIL of sysexits."""


class MaildError(Exception):
    """Any trouble that maild foresaw. The message is one line for a person; it never holds a secret."""


class Temporary(MaildError):
    """A mailbox, the store or the relay could not be reached or is busy: the same call may succeed later."""


class Permanent(MaildError):
    """Refused for good: the same call would fail again."""


class UserError(MaildError):
    """Wrong use or configuration. Says what is wrong, where (file, line, key), and what to do next."""
