"""The reader of mail under a fuzzer that sees which branches a mail takes. For long runs by hand: docs/parsing.md.

    python -m tests.fuzz.with_atheris FOLDER -max_len=20000 -timeout=10 -rss_limit_mb=1024

The folder keeps the mails that led somewhere new. Needs `pip install atheris`, which nothing else does.
"""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import Any


def main() -> None:
    atheris: Any = importlib.import_module("atheris")
    with atheris.instrument_imports(include=["parsers"]):
        from tests.fuzz.test_parsers_fuzz import GOLDEN_TEXTS, SEEDS, check
    folder = next((Path(word) for word in sys.argv[1:] if not word.startswith("-")), None)
    if folder is not None and not any(folder.iterdir()):
        for number, raw in enumerate((*SEEDS, *GOLDEN_TEXTS)):
            (folder / f"seed-{number}").write_bytes(raw)
    atheris.Setup(sys.argv, check)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
