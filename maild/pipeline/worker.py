"""The parser process: mails in, what they say out. Imports the parsers and next to nothing else of ours, so that it
starts quickly and holds no secret.

On standard input: QUESTION, then a mail; on standard output: ANSWER, then pieces, each behind its length: a pickled
ParsedMessage and the contents of its large files, or its JSON, or a text that says why there is none. A large mail is
let go before its answer is written. `confined` is the outside, and the one who holds the clock.
"""

from __future__ import annotations

import contextlib
import copyreg
import json
import math
import pickle
import resource
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import fields
from typing import IO

from maild.pipeline.confined import ANSWER, PIECE, QUESTION, Terms
from parsers import Limits, ParsedMessage, parse, to_json
from parsers.message import Attachment

Read = Callable[[bytes], ParsedMessage]
Write = Callable[[ParsedMessage], list[bytes | memoryview]]

_LARGE = 65536
"""A file's content of that many octets is a piece of its own."""


def main(terms: str) -> None:
    """Read mails until standard input ends, under limits of our own."""
    work(Terms(**json.loads(terms)))


def work(terms: Terms) -> None:
    limits, write, own_lists = Limits(**terms.limits), _FORMS[terms.form], frozenset(terms.own_lists)
    source, target = sys.stdin.buffer, sys.stdout.buffer

    def read(raw: bytes) -> ParsedMessage:
        return parse(raw, limits, terms.tag, own_lists)

    _offer()
    _confine(terms.memory)
    while len(head := source.read(QUESTION.size)) == QUESTION.size:
        _say(target, *_answer(source.read(QUESTION.unpack(head)[0]), terms, read, write))


def _answer(raw: bytes, terms: Terms, read: Read, write: Write) -> tuple[bool, list[bytes | memoryview]]:
    """Whether the mail could be read, and the answer."""
    _allow(terms.seconds)
    try:
        return True, write(read(raw))
    except MemoryError:
        return False, [b"needs more memory than it may have"]
    except RecursionError:
        return False, [b"is nested too deeply"]
    except Exception as problem:  # of a library, on hostile bytes; the caller keeps the mail for a person
        return False, [f"reader failed: {type(problem).__name__}".encode()]


def _say(target: IO[bytes], good: bool, answer: Sequence[bytes | memoryview]) -> None:
    target.write(ANSWER.pack(good, len(answer)))
    for piece in answer:
        target.write(PIECE.pack(len(piece)))
        target.write(piece)
    target.flush()


def _offer() -> None:
    """Where the machine runs out of memory, the kernel is to end this process and not the desk (Linux)."""
    with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w", encoding="ascii") as file:
        file.write("1000")


def _confine(memory: int) -> None:
    """For the life of this process: so much memory, no file written, no process started, no dump left behind."""
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (16, 16))  # modules are still loaded when first needed


def _allow(seconds: float) -> None:
    """So much processor time for the next mail. The caller's clock comes first; this ends what lost its caller."""
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    soft = math.ceil(time.process_time() + seconds) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (soft if hard == resource.RLIM_INFINITY else min(soft, hard), hard))


def _pickled(message: ParsedMessage) -> list[bytes | memoryview]:
    """The message, and behind it the contents that would be copied several times on their way through a pickle."""
    apart: list[memoryview] = []

    def stays(buffer: pickle.PickleBuffer) -> bool:
        content = buffer.raw()
        if len(content) >= _LARGE:
            apart.append(content)
        return len(content) < _LARGE

    return [pickle.dumps(message, pickle.HIGHEST_PROTOCOL, buffer_callback=stays), *apart]


def _taken_apart(file: Attachment) -> tuple[type[Attachment], tuple[object, ...]]:
    return Attachment, tuple(
        pickle.PickleBuffer(file.content) if one.name == "content" else getattr(file, one.name)
        for one in fields(file)
    )


copyreg.pickle(Attachment, _taken_apart)


def _shown(message: ParsedMessage) -> list[bytes | memoryview]:
    return [json.dumps(to_json(message), ensure_ascii=False).encode()]


_FORMS: dict[str, Write] = {"pickle": _pickled, "json": _shown}
