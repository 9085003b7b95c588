"""The story: one case from its first mail to its second life, told as it happens.

It is told on a stage (embedded servers in the demo, Dovecot and Postfix in the tests), and every step checks what the
people really find in their inboxes. A step that does not happen ends the story with `StoryBroken`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from maild.demo.people import Mail, Person

ANN = Person("Ann Customer", "ann@customer.test")
EVE = Person("Eve Stranger", "eve@customer.test")
BEA = Person("Bea Agent", "bea@desk.test")
CARL = Person("Carl Agent", "carl@desk.test")
DESK = "support@desk.test"


class Stage(Protocol):
    """Where a story takes place: mail servers, a desk that works, and a clock."""

    def now(self) -> datetime: ...
    def post(self, raw: bytes, sender: str, to: str) -> None:
        """Hand a mail to the mail server."""

    def inbox(self, address: str, at_least: int) -> list[bytes]:
        """All mails of an inbox, once the desk has done its work; waits for that many."""

    def later(self, span: timedelta) -> None:
        """Let time pass."""

    def facts(self, case: int) -> dict[str, str]:
        """What the store says of a case: status, owner, entries."""


class StoryBroken(AssertionError):
    """A step of the story did not happen."""


@dataclass(slots=True)
class Story:
    """Tells and checks."""

    stage: Stage
    say: Callable[[str], None]
    case: int = 0

    def tell(self) -> None:
        """The whole story; raises StoryBroken at the first step that does not happen."""
        self._customer_asks()
        answer = self._agent_answers()
        notice = self._customer_replies_without_the_tag(answer)
        self._agents_talk_among_themselves(notice)
        self._a_stranger_guesses_the_tag()
        closed = self._silence_closes_the_case(notice)
        self._a_late_reply_opens_it_again(closed)
        self._an_agent_closes_it()

    def _customer_asks(self) -> None:
        self.say("The clock of this story is turned on by hand: days pass in moments.")
        self.say("Ann, a customer, writes to the desk for the first time.")
        self._post(
            ANN,
            ANN.writes(
                DESK, "Where is my parcel?", "Hello,\n\nmy parcel is two weeks late. Where is it?\n\nAnn", self._now()
            ),
        )
        mail = self._newest(ANN, 1)
        self.case = int(mail.subject.partition("#")[2].partition("]")[0])
        self._must(mail.subject.startswith(f"[Case #{self.case}]"), "the acknowledgement carries the tag first")
        self._must("parcel" not in mail.whole, "it repeats no word of a sender who has proven nothing yet")
        self._must(mail.header("Auto-Submitted") == "auto-replied", "it says that a machine wrote it")
        self.say(f"At once she gets “{mail.subject}”.")

    def _agent_answers(self) -> Mail:
        notice = self._newest(BEA, 1)
        self._must("two weeks late" in notice.text, "the agents of the queue get the whole question")
        self.say("Bea, an agent, gets the question in her own mail client, takes the case and answers by Reply.")
        self._post(
            BEA,
            BEA.replies(
                notice,
                f"/take\n\nIt left us on Monday and should be with you today.\n\nWrite to {BEA.address} if not.",
                self._now(),
            ),
        )
        self.stage.later(timedelta(minutes=2))
        answer = self._newest(ANN, 2)
        self._must(answer.sender == DESK, "the answer comes from the desk's address")
        self._must("left us on Monday" in answer.text, "Ann reads what Bea wrote")
        self._must(BEA.address not in answer.whole, "Bea's own address is not in it")
        self._must(
            "/take" not in answer.whole and "two weeks late" not in answer.text, "nor her command, nor the quotation"
        )
        self._must(not answer.header("Auto-Submitted"), "a person wrote it, and it does not claim otherwise")
        receipt = self._newest(BEA, 2)
        self._must(
            "✔ /take" in receipt.text and ANN.address in receipt.text,
            "Bea gets a receipt: what was done, what left to whom",
        )
        self._is(status="Waiting on Customer", owner=BEA.address)
        self.say("Ann gets the answer from the desk's address; Bea gets a receipt. Now we wait for Ann.")
        return answer

    def _customer_replies_without_the_tag(self, answer: Mail) -> Mail:
        self.say("Ann replies and deletes the tag from the subject.")
        self._post(ANN, ANN.replies(answer, "It is still not here!", self._now(), subject="still nothing"))
        notice = self._newest(BEA, 3)
        self._must(f"[Case #{self.case}]" in notice.subject, "her reply finds its case all the same")
        self._must("still not here" in notice.text, "and its owner is told, and nobody else")
        self._is(status="Open")
        self.say("It lands in the same case. Bea, who owns it, is told.")
        return notice

    def _agents_talk_among_themselves(self, notice: Mail) -> None:
        before = len(self.stage.inbox(ANN.address, 2))
        self.say("Bea asks her colleague Carl by a note; Carl answers by Reply. Ann must not see any of it.")
        carls = len(self.stage.inbox(CARL.address, 1))
        self._post(BEA, BEA.replies(notice, "/note\n/assign carl\n\nDid the carrier lose this one?", self._now()))
        asked = self._newest(CARL, carls + 1)
        self._must("Did the carrier lose" in asked.text, "Carl gets the question with the case")
        self._must("internal note" in asked.text, "and reads first that his reply stays internal")
        self._post(CARL, CARL.replies(asked, "/assign bea\n\nYes. A new one is on its way.", self._now()))
        self._must("new one is on its way" in self._newest(BEA, 5).text, "Bea gets his reply as a note")
        self.stage.later(timedelta(minutes=2))
        self._must(len(self.stage.inbox(ANN.address, before)) == before, "Ann got nothing of it")
        self.say("Bea has Carl's answer, and Ann got nothing of all that.")

    def _a_stranger_guesses_the_tag(self) -> None:
        self.say("Eve guesses the tag and writes about “her” case.")
        before = len(self.stage.inbox(ANN.address, 2))
        self._post(
            EVE,
            EVE.writes(DESK, f"Re: [Case #{self.case}] Where is my parcel?", "Tell me all about it!", self._now()),
        )
        mail = self._newest(EVE, 1)
        self._must(
            f"#{self.case}]" not in mail.subject and "parcel" not in mail.whole,
            "she gets a new case and learns nothing",
        )
        self._must(len(self.stage.inbox(ANN.address, before)) == before, "Ann gets nothing of it")
        self.say(f"She gets a case of her own, “{mail.subject}”, and learns nothing.")

    def _silence_closes_the_case(self, notice: Mail) -> Mail:
        before = len(self.stage.inbox(ANN.address, 2))
        self.say("Bea answers. Then Ann stays silent.")
        self._post(BEA, BEA.replies(notice, "A new parcel is on its way, at our cost.", self._now()))
        self.stage.later(timedelta(minutes=2))
        self._newest(ANN, before + 1)
        self.stage.later(timedelta(hours=23))
        self._must(len(self.stage.inbox(ANN.address, before + 1)) == before + 1, "for a day nothing happens")
        self.stage.later(timedelta(hours=1, minutes=1))
        warning = self._newest(ANN, before + 2)
        self._must("we will close" in warning.text, "after 24 hours she is warned")
        self.say("After 24 hours she is warned …")
        self.stage.later(timedelta(hours=24, minutes=1))
        closed = self._newest(ANN, before + 3)
        self._must("we have closed" in closed.text, "after 48 hours the case is closed, and she is told")
        self._is(status="Closed")
        self.say("… and after 48 hours the case is closed.")
        return closed

    def _a_late_reply_opens_it_again(self, closed: Mail) -> None:
        self.stage.later(timedelta(days=3))
        self.say("Three days later Ann writes again, with the tag and everything else deleted but the thread.")
        beas = len(self.stage.inbox(BEA.address, 5))
        self._post(
            ANN, ANN.replies(closed, "The new one arrived broken.", self._now(), subject="hello again", quote=False)
        )
        self._must("arrived broken" in self._newest(BEA, beas + 1).text, "Bea is told")
        self._is(status="Open")
        self.say("The case opens again; Bea is told.")

    def _an_agent_closes_it(self) -> None:
        self.say("Bea settles it by phone and closes it with one word: /close.")
        notice = self._newest(BEA, 1)
        before = len(self.stage.inbox(ANN.address, 2))
        beas = len(self.stage.inbox(BEA.address, 1))
        self._post(BEA, BEA.replies(notice, "/close", self._now()))
        receipt = self._newest(BEA, beas + 1)
        self._must(
            "✔ /close" in receipt.text and "Nothing was sent" in receipt.text,
            "a mail of commands only sends nothing out",
        )
        self._must(len(self.stage.inbox(ANN.address, before)) == before, "Ann gets nothing")
        self._is(status="Closed")

    # tools

    def _now(self) -> datetime:
        return self.stage.now()

    def _post(self, person: Person, raw: bytes) -> None:
        to = Mail(raw).header("To")
        self.stage.post(raw, person.address, to)

    def _newest(self, person: Person, at_least: int) -> Mail:
        mails = self.stage.inbox(person.address, at_least)
        self._must(len(mails) >= at_least, f"{person.name} has {at_least} mails (there are {len(mails)})")
        return Mail(mails[-1])

    def _is(self, **facts: str) -> None:
        found = self.stage.facts(self.case)
        for name, wanted in facts.items():
            self._must(found[name] == wanted, f"the case's {name} is {wanted} (it is {found[name]})")

    def _must(self, happened: bool, what: str) -> None:
        if not happened:
            raise StoryBroken(f"this did not happen: {what}")
