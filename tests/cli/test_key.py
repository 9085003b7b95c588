"""`maild key`: the key is changed beside a desk that works, and a backup from before still serves."""

from tests.cli.desk import MAIL, Cli


def test_rotate_keeps_the_present_key_as_the_former_and_retire_ends_it(maild: Cli) -> None:
    (first,) = maild.rows("key", "show")
    assert first["former"] is None
    alone = (maild.folder / "maild.key").read_bytes()

    assert maild("key", "rotate").returncode == 0
    (second,) = maild.rows("key", "show")
    assert second["former"] == first["current"]
    assert second["current"] != first["current"]
    path = maild.folder / "maild.key"
    assert path.stat().st_mode & 0o777 == 0o600
    assert alone.strip() not in path.read_bytes()  # it stands there in another form, and nowhere in what is printed

    assert maild("key", "retire").returncode == 0
    assert maild.rows("key", "show") == [{"current": second["current"], "former": None}]
    code, said = maild.said("key", "retire")
    assert code == 2
    assert "holds no former key" in said


def test_a_backup_from_before_a_rotation_is_restored_and_the_newer_keys_stay(maild: Cli) -> None:
    maild("inject", raw=MAIL)
    assert maild("run", "--once").returncode == 0
    assert maild("backup").returncode == 0
    archive = next((maild.folder / "backups").glob("*.tar.gz"))
    assert maild("key", "rotate").returncode == 0
    keys = (maild.folder / "maild.key").read_bytes()
    assert b"another key" not in maild("drill").stdout
    (maild.folder / "maild.db").unlink()

    run = maild("restore", str(archive))
    assert run.returncode == 0, run.stderr
    assert (maild.folder / "maild.key").read_bytes() == keys
