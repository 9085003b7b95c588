"""Relations on the command line: joining two cases, and seeing it."""

from tests.cli.desk import MAIL, Cli

T0 = "2026-03-02T09:00:00+00:00"


def _two_cases(maild: Cli) -> None:
    other = MAIL.replace(b"ann@", b"ben@").replace(b"first@", b"second@").replace(b"Two weeks", b"Three weeks")
    for raw in (MAIL, other):
        assert maild("inject", "-", "--now", T0, raw=raw).returncode == 0
    assert maild("run", "--once", "--now", T0).returncode == 0


def test_case_merge_joins_two_cases_and_show_export_and_explain_say_so(maild: Cli) -> None:
    _two_cases(maild)
    assert maild.said("case", "merge", "2", "1", "--now", T0)[0] == 0

    (into,), (merged,) = maild.rows("case", "show", "1"), maild.rows("case", "show", "2")
    assert merged["status"] == "Merged"
    assert [(r["kind"], r["from"], r["to"]) for r in into["relations"]] == [("merged", 2, 1)]
    assert {entry["case"] for entry in into["entries"]} == {1, 2}
    assert "merged into it: case 2" in maild.said("case", "show", "1")[1]
    assert "merged into case 1" in maild.said("explain", "2")[1]
    (status,) = maild.rows("explain", "2", "status")
    assert [effect["effect"] for effect in status["effects"]] == ["status: New → Merged"]
    assert "status: New → Merged, by " in maild.said("explain", "2", "status")[1]
    exported = [entry["id"] for row in maild.rows("export") for entry in row["entries"]]
    assert len(exported) == len(set(exported)) == 4
    (row,) = maild.rows("audit")
    assert row["ok"]


def test_case_merge_refuses_what_cannot_be(maild: Cli) -> None:
    _two_cases(maild)

    assert "there is no other case 9" in maild.said("case", "merge", "2", "9")[1]
    assert "there is no case 9" in maild.said("case", "merge", "9", "2")[1]
    assert maild.said("case", "merge", "2", "2")[0] != 0
    assert maild.said("case", "merge", "2", "1")[0] == 0
    assert "case 2 was merged into case 1" in maild.said("case", "merge", "2", "1")[1]
    assert "case 2 is in case 1" in maild.said("case", "merge", "1", "2")[1]
