"""The command line: one module per group of commands, each imported only when it runs.

Exit codes: 0 done, 1 failed, 2 wrong use or configuration, 75 try again (sysexits EX_TEMPFAIL).
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from maild import __version__
from maild.cli.arguments import COMMANDS, add_commands
from maild.errors import DONE, FAILED, TRY_AGAIN, WRONG_USE, Permanent, Temporary, UserError


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; its exit code."""
    parser = argparse.ArgumentParser(
        prog="maild", description="An email-first support desk.", epilog="`maild COMMAND --help` says more."
    )
    parser.add_argument("--version", action="version", version=f"maild {__version__}")
    add_commands(parser)
    arguments = parser.parse_args(argv)
    try:
        return _run(arguments)
    except UserError as error:
        return _say(error, WRONG_USE)
    except Temporary as error:
        return _say(error, TRY_AGAIN)
    except Permanent as error:
        return _say(error, FAILED)
    except BrokenPipeError:  # the reader of our output, such as head(1), has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except KeyboardInterrupt:
        return 130


def _run(arguments: argparse.Namespace) -> int:
    try:
        return COMMANDS[arguments.command].run(arguments)
    except Exception as error:
        from store import StoreUnavailable  # only now: parse needs no store, and it is slow to load

        if isinstance(error, StoreUnavailable):
            raise Temporary(f"the store is out of reach: {error}") from error
        raise


def _say(error: Exception, code: int) -> int:
    for line in str(error).splitlines():
        print(f"maild: {line}", file=sys.stderr)
    return code
