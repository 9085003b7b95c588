"""`maild demo`."""

from __future__ import annotations

import argparse

from maild.demo.run import demo


def run(arguments: argparse.Namespace) -> int:
    return demo(arguments.keep)
