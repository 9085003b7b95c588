"""`maild agent`: people join, change, are away and leave, beside a desk that works."""

from tests.cli.desk import MAIL, Cli
from tests.servers.sink import SinkServer

T0 = "2026-03-02T09:00:00+00:00"


def test_agents_are_listed_with_where_they_come_from(maild: Cli) -> None:
    assert (
        maild("agent", "add", "Carl@desk.test", "--name", "Carl", "--level", "L2", "--skill", "bug").returncode == 0
    )
    assert maild("agent", "change", "bea@desk.test", "--role", "admin").returncode == 0
    assert maild("agent", "absent", "bea@desk.test", "--until", "2026-03-09", "--now", T0).returncode == 0
    bea, carl = maild.rows("agent", "list", "--now", T0)

    assert bea == {
        "address": "bea@desk.test", "name": "Bea", "level": "L1", "role": "admin", "queues": [], "skills": [],
        "active": True, "away_until": "2026-03-10T00:00:00+00:00", "open_cases": 0,
        "origin": "file, changed by command",
    }  # fmt: skip
    assert (carl["address"], carl["level"], carl["skills"], carl["origin"]) == (
        "carl@desk.test", "L2", ["bug"], "command",
    )  # fmt: skip
    assert maild("agent", "absent", "bea@desk.test", "--back", "--now", T0).returncode == 0
    assert maild.rows("agent", "list", "--now", T0)[0]["away_until"] is None


def test_a_leavers_cases_are_handed_on_and_a_second_try_does_no_harm(maild: Cli, sink: SinkServer) -> None:
    maild.add('[[queue]]\nname = "support"\nassign = "least-loaded"\n')
    maild("inject", "-", "--now", T0, raw=MAIL)
    assert maild("run", "--once", "--now", T0).returncode == 0
    assert maild.rows("case", "list")[0]["owner"] == "bea@desk.test"
    maild("agent", "add", "carl@desk.test")

    run = maild("agent", "deactivate", "bea@desk.test", "--hand-on-to", "carl@desk.test", "--now", T0)
    assert run.returncode == 0, run.stderr
    assert b"case 1: carl@desk.test" in run.stdout
    assert maild("agent", "deactivate", "bea@desk.test", "--now", T0).returncode == 0
    assert maild.rows("case", "list")[0]["owner"] == "carl@desk.test"
    assert [row["address"] for row in maild.rows("agent", "list")] == ["carl@desk.test"]
    assert [row["active"] for row in maild.rows("agent", "list", "--all")] == [True, False]
    assert maild("run", "--once", "--now", T0).returncode == 0
    assert sink.to("carl@desk.test")


def test_what_cannot_be_is_refused_with_the_next_step(maild: Cli) -> None:
    for words, says in (
        (("add", "bea@desk.test"), "is an agent already"),
        (("add", "support@desk.test"), "the desk's own address"),
        (("add", "nobody"), "is not one address"),
        (("add", "carl@desk.test", "--queue", "elsewhere"), "there is no queue elsewhere; there are support"),
        (("change", "carl@desk.test", "--level", "L2"), "is no agent; `maild agent list` shows who is"),
        (("change", "bea@desk.test"), "change what?"),
        (("absent", "bea@desk.test", "--until", "2020-01-01"), "2020-01-01 is over"),
        (("absent", "bea@desk.test", "--until", "soon"), "is no day, such as 2026-03-14"),
        (("deactivate", "carl@desk.test"), "is no agent"),
        (("deactivate", "bea@desk.test", "--hand-on-to", "bea@desk.test"), "nobody hands on to themselves"),
    ):
        code, said = maild.said("agent", *words)
        assert (code, says in said) == (2, True), said


def test_contacts_are_listed_shown_changed_and_deactivated(maild: Cli) -> None:
    maild("inject", "-", "--now", T0, raw=MAIL)
    assert maild("run", "--once", "--now", T0).returncode == 0
    assert maild("contact", "change", "Ann@customer.test", "--plan", "gold", "--language", "de").returncode == 0
    (ann,) = maild.rows("contact", "list")
    assert ann == {
        "address": "ann@customer.test", "active": True, "name": "Ann", "language": "de",
        "organisation": "customer.test", "plan": "gold", "undeliverable": False, "cases": 1, "open_cases": 1,
        "last_at": T0, "same_as": None, "blocked_at": None,
    }  # fmt: skip
    assert maild.rows("contact", "show", "ann@customer.test") == [{**ann, "also_known_as": [], "case_numbers": [1]}]
    run = maild("contact", "deactivate", "ann@customer.test")
    assert b"1 of their cases are open" in run.stdout
    assert maild.rows("contact", "list") == []
    assert [row["active"] for row in maild.rows("contact", "list", "--all")] == [False]
    assert maild("contact", "activate", "ann@customer.test").returncode == 0
    assert maild.said("contact", "show", "ben@customer.test")[0] == 1
    assert maild.said("contact", "change", "ann@customer.test")[0] == 2


def test_contacts_that_may_be_one_person_are_named_and_joined_by_an_admin_alone(maild: Cli) -> None:
    private = MAIL.replace(b"Ann <ann@customer.test>", b"Ann <ann+home@customer.test>").replace(b"first@", b"second@")
    for raw in (MAIL, private):
        maild("inject", "-", "--now", T0, raw=raw)
    assert maild("run", "--once", "--now", T0).returncode == 0
    both = ["ann+home@customer.test", "ann@customer.test"]
    (found,) = maild.rows("contact", "duplicates")
    assert (found["addresses"], "plus" in found["why"]) == (both, True)
    assert b"maild contact merge ann+home@customer.test ann@customer.test" in maild("contact", "duplicates").stdout

    assert maild("contact", "merge", both[1], both[0]).returncode == 0
    (shown,) = maild.rows("contact", "show", both[1])
    assert (shown["also_known_as"], shown["case_numbers"], shown["same_as"]) == ([both[0]], [1, 2], None)
    assert maild.rows("contact", "list")[0]["same_as"] == both[1]
    assert maild.rows("contact", "duplicates") == []
    for words, says in (
        (("merge", both[1], both[0]), f"maild contact unmerge {both[0]}"),
        (("merge", both[1], both[1]), "that is one address"),
        (("unmerge", both[1]), "is not known as another address"),
    ):
        code, said = maild.said("contact", *words)
        assert (code, says in said) == (2, True), said
    assert maild.said("contact", "merge", both[1], "nobody@customer.test")[0] == 1
    assert maild("contact", "unmerge", both[0]).returncode == 0
    assert len(maild.rows("contact", "duplicates")) == 1


def test_explain_says_who_would_get_a_case_and_who_was_passed_over(maild: Cli) -> None:
    maild.add('[[queue]]\nname = "support"\nassign = "round-robin"\n')
    assert maild("agent", "add", "carl@desk.test").returncode == 0
    assert maild("agent", "absent", "bea@desk.test", "--until", "2026-03-09", "--now", T0).returncode == 0
    (maild.folder / "mail.eml").write_bytes(MAIL)
    (decision,) = maild.rows("explain", "mail.eml", "--now", T0)

    (why,) = [one["why"] for one in decision["effects"] if one["effect"].startswith("Assign")]
    assert why == (
        "round-robin of support: never given a case. Passed over: bea@desk.test: away until 2026-03-10 00:00Z"
    )
    assert maild.rows("case", "list") == []
