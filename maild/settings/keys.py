"""The key file: the secret that signs tokens, and the one before it while both are good.

    <64 hexadecimal digits>
    former <the one before, in hexadecimal digits>

A file of one line, or of anything else an admin has put there, is one key. It is replaced whole: nobody ever reads
half of it.
"""

from __future__ import annotations

import os
import re
import secrets
from pathlib import Path

from maild.desk.tokens import Keys
from maild.errors import UserError

_KEY_BYTES = 32
_TWO = re.compile(rb"([0-9a-f]{64})\nformer ((?:[0-9a-f]{2}){32,})")


def read_keys(path: Path) -> Keys:
    """Raises FileNotFoundError, and UserError about a file that cannot be used."""
    try:
        content = path.read_bytes().strip()
    except FileNotFoundError:
        raise
    except OSError as error:
        raise UserError(f"desk.key_file: {path}: {error.strerror}") from error
    return parse_keys(content, path)


def parse_keys(content: bytes, path: Path) -> Keys:
    """What a key file holds. Raises UserError."""
    two = _TWO.fullmatch(content.strip())
    if two is not None:
        return Keys(two[1], bytes.fromhex(two[2].decode()))
    if len(content.strip()) < _KEY_BYTES:
        raise UserError(f"desk.key_file: {path} is too short for a key; it needs {_KEY_BYTES} characters at least")
    return Keys(content.strip())


def keys_of(path: Path) -> Keys:
    """The keys; one is made at the first use, for this user's eyes only."""
    try:
        return read_keys(path)
    except FileNotFoundError:
        return _make(path)


def rotate(path: Path) -> Keys:
    """A new key signs from now on; the present one stays good, and the one before it is no more."""
    keys = Keys(_new(), read_keys(path).current)
    _replace(path, keys)
    return keys


def retire(path: Path) -> Keys:
    """The former key is good for nothing any more."""
    keys = Keys(read_keys(path).current)
    _replace(path, keys)
    return keys


def _new() -> bytes:
    return secrets.token_hex(_KEY_BYTES).encode()


def _make(path: Path) -> Keys:
    """It is linked to its name when it is whole: of two processes that begin at once, one makes it, and the other
    reads that."""
    keys = Keys(_new())
    try:
        fresh = _written(path.with_name(f"{path.name}.{secrets.token_hex(4)}"), keys)
        try:
            os.link(fresh, path)
        finally:
            fresh.unlink()
        _settle(path.parent)
    except FileExistsError:
        return read_keys(path)
    except OSError as error:
        raise UserError(f"desk.key_file: {path} cannot be made: {error.strerror}") from error
    return keys


def _replace(path: Path, keys: Keys) -> None:
    try:
        _written(path.with_name(path.name + ".new"), keys).replace(path)
        _settle(path.parent)
    except OSError as error:
        raise UserError(f"desk.key_file: {path} cannot be written: {error.strerror}") from error


def _written(path: Path, keys: Keys) -> Path:
    """A file with these keys, on stable storage."""
    lines = [keys.current, *([b"former " + keys.former.hex().encode()] if keys.former is not None else [])]
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(b"\n".join(lines) + b"\n")
        file.flush()
        os.fsync(file.fileno())
    return path


def _settle(folder: Path) -> None:
    """The names in it, too."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
