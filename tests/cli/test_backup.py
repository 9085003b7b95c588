"""`maild backup`, `restore` and `drill`, as an admin types them."""

import fcntl
import io
import json
import os
import re
import shutil
import sqlite3
import tarfile
from pathlib import Path

import pytest

from maild.backup.archive import unpack
from maild.errors import Permanent
from tests.cli.desk import MAIL, Cli

ADMIN = '[[agent]]\naddress = "root@desk.test"\nrole = "admin"\n'


def _backup(maild: Cli, *words: str) -> Path:
    run = maild("backup", *words)
    assert run.returncode == 0, run.stderr
    assert b"backup.done" in run.stdout
    return sorted((maild.folder / "backups").glob("*.tar.gz"))[-1]


def _members(archive: Path) -> dict[str, bytes]:
    with tarfile.open(archive) as tar:
        return {one.name: tar.extractfile(one).read() for one in tar}  # type: ignore[union-attr]


def _rewritten(archive: Path, **changes: bytes | None) -> Path:
    """The archive with other bytes for some members (None: left out)."""
    members = {**_members(archive), **{name.replace("__", "."): raw for name, raw in changes.items()}}
    with tarfile.open(archive, "w:gz") as tar:
        for name, raw in members.items():
            if raw is not None:
                info = tarfile.TarInfo(name)
                info.size = len(raw)
                tar.addfile(info, io.BytesIO(raw))
    return archive


@pytest.fixture
def desk(maild: Cli) -> Cli:
    """A desk with one letter that has become a case."""
    maild.add(ADMIN)
    assert maild("inject", raw=MAIL).returncode == 0
    assert maild("run", "--once").returncode == 0
    return maild


def test_an_archive_holds_everything_and_is_for_nobody_elses_eyes(desk: Cli) -> None:
    archive = _backup(desk)
    members = _members(archive)
    assert set(members) == {"manifest.json", "store.sqlite", "maild.key", "maild.toml"}
    assert members["maild.key"] == (desk.folder / "maild.key").read_bytes()
    assert members["maild.toml"] == desk.config.read_bytes()
    manifest = json.loads(members["manifest.json"])
    assert manifest["contents"]["audit"]["entry"] == 1
    assert manifest["contents"]["tables"]["cases"] == 1
    assert archive.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in archive.parent.iterdir()] == [archive.name]


def test_old_archives_go_only_when_there_is_a_new_one(desk: Cli) -> None:
    desk.add("[backup]\nkeep = 2\n")
    folder = desk.folder / "backups"
    folder.mkdir()
    old = [folder / f"maild-2026010{day}T000000Z.tar.gz" for day in (1, 2, 3)]
    other = folder / "maild-notes.txt"
    for path in (*old, other):
        path.write_text("x")
    key = desk.folder / "maild.key"
    config = desk.config.read_text()
    desk.config.write_text(config.replace('address = "support', 'key_file = "missing/key"\naddress = "support'))
    assert desk("backup").returncode == 2
    assert all(path.exists() for path in old)
    desk.config.write_text(config)
    new = _backup(desk)
    assert [path.exists() for path in old] == [False, False, True]
    assert new.exists()
    assert other.exists()
    assert key.exists()


def test_a_place_that_cannot_be_written_is_said(desk: Cli) -> None:
    code, said = desk.said("backup", "--to", "/proc/nowhere")
    assert (code, "backup.dir: /proc/nowhere" in said) == (2, True)


def test_a_new_machine_gets_all_of_it_back(desk: Cli, tmp_path_factory: pytest.TempPathFactory) -> None:
    archive = _backup(desk)
    new = Cli(tmp_path_factory.mktemp("new"), 1)
    new.config.write_bytes(_members(archive)["maild.toml"])
    code, said = new.said("restore", str(archive))
    assert code == 0, said
    assert "another one" not in said
    assert (new.folder / "maild.key").read_bytes() == (desk.folder / "maild.key").read_bytes()
    assert new.rows("case", "list") == desk.rows("case", "list")
    (status,) = new.rows("status")
    assert status["outbox_held"].startswith(f"restored from {archive.name}, a backup of 20")
    assert new.said("outbox", "list")[1].startswith("The outbox is HELD")
    assert "HELD" in new.said("check", "--offline")[1]
    assert new.said("outbox", "release")[0] == 0
    assert new.rows("status")[0]["outbox_held"] is None


def test_a_store_that_is_there_is_replaced_by_force_only_and_kept(desk: Cli) -> None:
    archive = _backup(desk)
    desk("inject", raw=MAIL.replace(b"first@", b"second@"))
    code, said = desk.said("restore", str(archive))
    assert (code, "is not empty" in said) == (2, True)
    assert desk.rows("audit")[0]["stored"] == 2
    assert desk.said("restore", str(archive), "--force")[0] == 0
    assert desk.rows("audit")[0]["stored"] == 1
    (aside,) = desk.folder.glob("maild.db.before-restore-*Z")
    connection = sqlite3.connect(aside)
    assert connection.execute("select count(*) from letters").fetchone() == (2,)
    connection.close()


def test_another_key_is_replaced_by_force_only_and_kept(desk: Cli) -> None:
    archive = _backup(desk)
    for name in ("maild.db", "maild.db-wal", "maild.db-shm"):
        (desk.folder / name).unlink(missing_ok=True)
    key = desk.folder / "maild.key"
    ours = key.read_bytes()
    key.write_bytes(b"k" * 64)
    code, said = desk.said("restore", str(archive))
    assert (code, "is another key than the backup's" in said) == (2, True)
    assert not (desk.folder / "maild.db").exists()
    assert desk.said("restore", str(archive), "--force")[0] == 0
    assert key.read_bytes() == ours
    (aside,) = desk.folder.glob("maild.key.before-restore-*Z")
    assert aside.read_bytes() == b"k" * 64


def test_nothing_is_restored_under_a_running_daemon(desk: Cli) -> None:
    archive = _backup(desk)
    with (desk.folder / "maild.running").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        code, said = desk.said("restore", str(archive), "--force")
    assert (code, "is running" in said) == (75, True)


def _truncated(archive: Path) -> None:
    archive.write_bytes(archive.read_bytes()[:-100])


def _with_other_letters(archive: Path) -> None:
    _rewritten(archive, store__sqlite=_members(archive)["store.sqlite"].replace(b"Two weeks late", b"Two days early"))


def _with_flipped_bytes(archive: Path) -> None:
    raw = bytearray(archive.read_bytes())
    middle = len(raw) // 2
    raw[middle : middle + 40] = bytes(byte ^ 0xFF for byte in raw[middle : middle + 40])
    archive.write_bytes(raw)


DAMAGES = {
    "flipped bytes": (_with_flipped_bytes, "damaged"),
    "cut off": (_truncated, "damaged, or no backup"),
    "no archive": (lambda path: path.write_bytes(b"x" * 5000), "damaged, or no backup"),
    "another key": (lambda path: _rewritten(path, maild__key=b"x" * 64), "damaged: maild.key is not what was"),
    "other letters": (_with_other_letters, "damaged: store.sqlite is not what was backed up"),
    "a member is missing": (lambda path: _rewritten(path, maild__key=None), "damaged: maild.key is not"),
    "no manifest": (lambda path: _rewritten(path, manifest__json=None), "has no manifest"),
    "a foreign member": (lambda path: _rewritten(path, **{"../x": b"x"}), "'../x' does not belong into a backup"),
    "a manifest that is none": (lambda path: _rewritten(path, manifest__json=b"[]"), "its manifest cannot be read"),
}


def test_a_damaged_archive_is_refused_whatever_the_damage(desk: Cli, tmp_path: Path) -> None:
    whole = _backup(desk)
    for number, (damaging, complaint) in enumerate(DAMAGES.values()):
        archive = shutil.copyfile(whole, tmp_path / "damaged.tar.gz")
        damaging(archive)
        into = tmp_path / str(number)
        into.mkdir()
        with pytest.raises(Permanent, match=re.escape(complaint)):
            unpack(archive, into)
    (tmp_path / "whole").mkdir()
    assert unpack(whole, tmp_path / "whole").engine == "sqlite"


def test_a_damaged_archive_changes_nothing_and_fails_the_drill(desk: Cli) -> None:
    archive = _backup(desk)
    _with_other_letters(archive)
    complaint = "damaged: store.sqlite is not what was backed up"
    code, said = desk.said("restore", str(archive), "--force")
    assert (code, complaint in said) == (1, True), said
    assert desk.rows("audit")[0]["entry"] == 1
    assert list(desk.folder.glob("*before-restore*")) == []
    code, said = desk.said("drill")
    assert (code, complaint in said, "drill.failed" in said) == (1, True, True)
    (mail,) = (mail for mail in desk.rows("outbox", "list") if mail["event"] == "drill")
    (shown,) = desk.rows("outbox", "show", str(mail["id"]))
    assert "Restore drill: FAILED" in shown["raw"]
    assert mail["to"] == "root@desk.test"


def test_an_archive_of_a_newer_program_is_refused(desk: Cli) -> None:
    archive = _backup(desk)
    manifest = json.loads(_members(archive)["manifest.json"])
    _rewritten(archive, manifest__json=json.dumps({**manifest, "format": 99, "maild": "9.0"}).encode())
    code, said = desk.said("restore", str(archive), "--force")
    assert (code, "was made by maild 9.0" in said) == (2, True)


def test_a_drill_without_a_backup_fails_and_one_with_it_tells_the_admins(desk: Cli) -> None:
    code, said = desk.said("drill")
    assert (code, "There is no backup in" in said) == (1, True)
    archive = _backup(desk)
    assert desk.said("drill")[0] == 0
    newest = max(mail["id"] for mail in desk.rows("outbox", "list") if mail["event"] == "drill")
    assert "Restore drill: all well" in desk.rows("outbox", "show", str(newest))[0]["raw"]
    shutil.move(archive, desk.folder / "elsewhere.tar.gz")
    assert desk.said("drill", "--archive", "elsewhere.tar.gz")[0] == 0
    assert desk.said("drill", "--archive", "nowhere.tar.gz")[0] == 1


def test_a_drill_says_that_backups_have_stopped_and_that_the_key_is_another(desk: Cli) -> None:
    desk.add('[backup]\nevery = "1d"\n')
    archive = _backup(desk)
    manifest = json.loads(_members(archive)["manifest.json"])
    _rewritten(archive, manifest__json=json.dumps({**manifest, "at": "2026-01-01T00:00:00+00:00"}).encode())
    (desk.folder / "maild.key").write_bytes(b"k" * 64)
    code, said = desk.said("drill")
    assert code == 1
    assert "backups have stopped" in said
    assert "not the one in use" in said


def test_a_missing_pg_dump_is_named_with_its_package(desk: Cli, pg_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.add(f'[store]\nurl = "{pg_url}"\n')
    monkeypatch.setenv("PATH", "/nowhere")
    code, said = desk.said("backup")
    assert (code, "pg_dump is not on the PATH" in said, "postgresql-client" in said) == (1, True, True)


def test_the_password_of_the_database_is_on_no_command_line(
    desk: Cli, pg_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    programs = tmp_path / "bin"
    programs.mkdir()
    spy = f'#!/bin/sh\necho "$0 $@" >> {tmp_path}/argv\necho "$PGPASSWORD" >> {tmp_path}/env\nexec /usr/bin/%s "$@"\n'
    for name in ("pg_dump", "psql", "pg_restore"):
        (programs / name).write_text(spy % name)
        (programs / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")
    secret = "s3cret/with?odd@signs"
    quoted = "s3cret%2Fwith%3Fodd%40signs"
    desk.add(f'[store]\nurl = "{pg_url.replace("maild@", f"maild:{quoted}@")}"\n')
    desk("inject", raw=MAIL)
    archive = _backup(desk)
    assert desk.said("drill", "--archive", str(archive))[0] == 0
    assert desk.said("restore", str(archive), "--force")[0] == 0
    argv = (tmp_path / "argv").read_text()
    assert argv.count("pg_dump") >= 1
    assert argv.count("psql") >= 2
    assert "s3cret" not in argv
    assert set((tmp_path / "env").read_text().split()) >= {secret}


def test_an_archive_of_the_other_engine_is_refused(desk: Cli, pg_url: str) -> None:
    archive = _backup(desk)
    desk.add(f'[store]\nurl = "{pg_url}"\n')
    code, said = desk.said("restore", str(archive))
    assert (code, "holds a sqlite store, store.url names a postgresql one" in said) == (2, True)


def test_a_database_that_others_use_is_not_restored(desk: Cli, pg_url: str) -> None:
    import psycopg

    desk.add(f'[store]\nurl = "{pg_url}"\n')
    archive = _backup(desk)
    with psycopg.connect(pg_url.replace("+psycopg", "")):
        code, said = desk.said("restore", str(archive), "--force")
    assert (code, "1 other connections" in said) == (75, True)
