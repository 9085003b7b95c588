"""The key file: who begins at the same moment has the same key."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

from maild.settings.keys import keys_of, read_keys


def test_of_many_who_begin_at_once_one_makes_the_key_and_all_have_it(tmp_path: Path) -> None:
    for round_ in range(5):
        path, start = tmp_path / f"{round_}.key", Barrier(8)

        def begin(_: int, path: Path = path, start: Barrier = start) -> bytes:
            start.wait()
            return keys_of(path).current

        with ThreadPoolExecutor(8) as pool:
            found = set(pool.map(begin, range(8)))
        assert found == {read_keys(path).current}
    assert len(list(tmp_path.iterdir())) == 5, "nothing else is left"
