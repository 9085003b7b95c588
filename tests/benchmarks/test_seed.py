"""The store that benchmarks fill at once is what the road would have left."""

from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

from maild.daemon.wiring import opened_office
from maild.log import Log
from maild.pipeline.due import fire_due
from maild.settings.build import build
from maild.settings.load import load
from tests.benchmarks.seed import Plot, sow


def test_a_timer_of_a_case_that_was_sown_finds_nothing_to_put_right(tmp_path: Path) -> None:
    url, path = f"sqlite:///{tmp_path}/maild.db", tmp_path / "maild.toml"
    sow(url, Plot(3, 6, due=3))
    (tmp_path / "key").write_text("k" * 64)
    (tmp_path / "key").chmod(0o600)
    path.write_text(
        f'[desk]\naddress = "desk@d.test"\nkey_file = "{tmp_path}/key"\nstate_dir = "{tmp_path}"\n'
        f'[store]\nurl = "{url}"\n[smtp]\nhost = "127.0.0.1"\n'
    )
    with opened_office(build(load(path), path), Log(StringIO())) as office:
        assert fire_due(office, lambda: datetime.now(UTC)) == 3
        with office.store.read() as unit:
            said = [line.event for number in (1, 2, 3) for line in unit.journal.of_case(number)]
    assert said.count("mail.queued") == 3
    assert "target.set" not in said
