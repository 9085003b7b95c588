"""The parser process: mails in, what they say out. Imports the parsers and nothing else of ours, so that it starts
quickly and holds no secret.

On standard input: eight bytes of length, then a mail; on standard output the same way a pickled ParsedMessage, or a
text that says why there is none. Its one argument is how many bytes of memory it may take.
"""

from __future__ import annotations

import pickle
import resource
import struct
import sys

from parsers import parse

LENGTH = struct.Struct(">Q")


def work(memory: int) -> None:
    """Read mails until standard input ends, under limits of our own."""
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    source, target = sys.stdin.buffer, sys.stdout.buffer
    while len(head := source.read(LENGTH.size)) == LENGTH.size:
        raw = source.read(LENGTH.unpack(head)[0])
        try:
            answer = pickle.dumps(parse(raw), pickle.HIGHEST_PROTOCOL)
        except MemoryError:
            answer = pickle.dumps("needed more memory than it may have")
        except RecursionError:
            answer = pickle.dumps("is nested too deeply")
        target.write(LENGTH.pack(len(answer)) + answer)
        target.flush()


if __name__ == "__main__":
    work(int(sys.argv[1]))
