"""The parser process: mails in, what they say out. Imports the parsers and next to nothing else of ours, so that it
starts quickly and holds no secret.

On standard input: QUESTION, then a mail; on standard output: ANSWER, then a pickled ParsedMessage or its JSON, or a
text that says why there is none. `confined` is the outside, and the one who holds the clock.
"""

from __future__ import annotations

import contextlib
import json
import math
import pickle
import resource
import sys
import time
from collections.abc import Callable

from maild.pipeline.confined import ANSWER, QUESTION, Terms
from parsers import Limits, ParsedMessage, parse, to_json


def main(terms: str) -> None:
    """Read mails until standard input ends, under limits of our own."""
    work(Terms(**json.loads(terms)))


def work(terms: Terms) -> None:
    limits, write, own_lists = Limits(**terms.limits), _FORMS[terms.form], frozenset(terms.own_lists)
    source, target = sys.stdin.buffer, sys.stdout.buffer
    _offer()
    _confine(terms.memory)
    while len(head := source.read(QUESTION.size)) == QUESTION.size:
        raw = source.read(QUESTION.unpack(head)[0])
        _allow(terms.seconds)
        good = False
        try:
            answer = write(parse(raw, limits, terms.tag, own_lists))
            good = True
        except MemoryError:
            answer = b"needs more memory than it may have"
        except RecursionError:
            answer = b"is nested too deeply"
        except Exception as problem:  # of a library, on hostile bytes; the caller keeps the mail for a person
            answer = f"reader failed: {type(problem).__name__}".encode()
        target.write(ANSWER.pack(good, len(answer)))
        target.write(answer)
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


def _pickled(message: ParsedMessage) -> bytes:
    return pickle.dumps(message, pickle.HIGHEST_PROTOCOL)


def _shown(message: ParsedMessage) -> bytes:
    return json.dumps(to_json(message), ensure_ascii=False).encode()


_FORMS: dict[str, Callable[[ParsedMessage], bytes]] = {"pickle": _pickled, "json": _shown}
