"""Effects become rows, in the one transaction of the unit: the only writer of cases, entries, timers and mails.

Every effect leaves a line in the journal with its reason. Nothing is sent here: a mail is a row of the outbox.
"""

from maild.apply.applied import Applied
from maild.apply.applying import apply
from maild.apply.passes import Issuing
from maild.apply.posting import post, post_hourly, post_report
from maild.apply.work import MOST_IDS

__all__ = ["MOST_IDS", "Applied", "Issuing", "apply", "post", "post_hourly", "post_report"]
