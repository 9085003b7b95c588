"""What a desk does beside the plain life of a case: one file, one feature.

To add one: a file here with `FEATURE`, its template, its page in docs/, its tests, and a line in this tuple.
The order matters: each sees what those before it added, and `notices` speaks of the entry added last before it.
"""

from maild.desk.decide import Feature
from maild.features.absence import FEATURE as absence
from maild.features.acknowledge import FEATURE as acknowledge
from maild.features.assignment import FEATURE as assignment
from maild.features.autoclose import FEATURE as autoclose
from maild.features.causes import FEATURE as causes
from maild.features.due import FEATURE as due
from maild.features.loops import FEATURE as loops
from maild.features.no_response import FEATURE as no_response
from maild.features.notices import FEATURE as notices
from maild.features.reminders import FEATURE as reminders
from maild.features.rule_clocks import FEATURE as rule_clocks
from maild.features.stale import FEATURE as stale
from maild.features.storms import FEATURE as storms
from maild.features.targets import FEATURE as targets

FEATURES: tuple[Feature, ...] = (
    autoclose, no_response, absence, stale, due, reminders, targets, assignment, causes, notices, storms,
    acknowledge, rule_clocks, loops,
)  # fmt: skip
