"""Registers the fixtures of tests/servers; see its docstring for what there is; says where tests write."""

import os

from tests.servers.process import scratch

# What `tmp_path` lies under; only the folders of failed tests are kept (pyproject.toml).
os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(scratch()))

pytest_plugins = (
    "tests.servers.certs",
    "tests.servers.chromium",
    "tests.servers.dovecot",
    "tests.servers.postfix",
    "tests.servers.postgres",
    "tests.servers.pgbouncer",
    "tests.servers.pymap_server",
    "tests.servers.sink",
    "tests.servers.stores",
)
