"""For whom the text of a mail is, where its commands do not say so: beside one that gives the case into other hands
(`/assign WHO`, `/escalate`), or lays it aside for later (`/remind WHEN`), it is meant for us and stays inside. Only
`/public` sends it to the customer. Beside a word to the customer as well, nobody can tell, and they are asked; so
they are where a notice whose replies are notes is answered with such a word, and beside commands for another case.

A command for a text, in a mail without one, is not said to be done. Pure.
"""

from __future__ import annotations

from dataclasses import replace

from maild.desk.effects import AddParticipant
from maild.desk.orders.orders import Orders
from store.records import Status

NOTED = "an internal note; the customer does not see it"
PUBLISHED = "goes to the customer"
FOUND = "of the cause"
_FOR_CUSTOMERS = (Status.WAITING_ON_CUSTOMER, Status.RESOLVED, Status.CLOSED)


def with_handover(orders: Orders, *, says_something: bool, is_note: bool, is_reply: bool) -> Orders:
    """The orders, with their text kept inside where it is meant for us; failed where it may be for the customer.
    `is_note`: what answers that notice is a note. What a button opened is no reply, and stays inside."""
    said_otherwise = orders.note is not None or orders.vendor or orders.channel or orders.send
    if said_otherwise or not says_something:
        return orders
    if is_note and is_reply and orders.status in _FOR_CUSTOMERS:
        return _asked(orders, "A reply to this notice")
    if is_note or not orders.hands_on:
        return orders
    if _word_to_customers(orders):
        return _asked(orders, orders.hands_on)
    return replace(orders, note=True, inside=orders.hands_on)


def _asked(orders: Orders, ours: str) -> Orders:
    public = _word_to_customers(orders)
    line = (
        f"✖ Is your text for the customer, or for us? {ours} is for us, {public} for the customer. "
        "Send it again with /public or /note above it"
    )
    return replace(orders, failed=True, lines=(*orders.lines, line))


def beside_others(orders: Orders, number: int, *, refused: bool, is_note: bool) -> Orders:
    """The orders for case `number` in a mail with some for other cases: failed where a text would leave of which
    nobody has said that it is for this one's customer, and where a line for one of the others was `refused`."""
    unclaimed = orders.note is None and orders.vendor is None and not orders.send
    inside = orders.note or orders.channel or orders.undo or orders.drop or (is_note and unclaimed)
    if orders.failed or inside:
        return orders
    if unclaimed:
        line = (
            f"✖ Which case is your text for? For the customer of case {number}: send it again with /public above the "
            f"first /case line. As a note of case {number}: with /note there. As a note of another case: with /note "
            "below its /case line"
        )
    elif refused:
        line = "✖ Your text was not sent, because a line for another case, below, could not be done"
    else:
        return orders
    return replace(orders, failed=True, lines=(*orders.lines, line))


def _word_to_customers(orders: Orders) -> str:
    """What of the orders is done by a word to the customer."""
    if orders.status in _FOR_CUSTOMERS:
        return f"“{orders.status.value}”"
    if any(isinstance(one, AddParticipant) for one in orders.people):
        return "/cc"
    return "/wait us" if orders.still_owing else "/template" if orders.template else ""


def with_words(orders: Orders, *, says_something: bool) -> Orders:
    """The orders, where no line says that a text was kept or sent if there is none."""
    if says_something:
        return orders
    return replace(orders, lines=tuple(_wordless(line, orders) for line in orders.lines))


def _wordless(line: str, orders: Orders) -> str:
    command, _, said = line.removeprefix("✔ ").partition(": ")
    below = "Write your text below it, or behind it on the same line"
    if said == NOTED:
        return f"✖ {command}: there was nothing to note. {below}"
    if said == PUBLISHED:
        return f"✖ {command}: there was nothing to send. {below}"
    if said.endswith(FOUND) and orders.text_is_finding and not orders.findings:
        return f"✖ {command}: there was nothing to keep. {below}"
    return line
