"""Registers the fixtures of tests/servers; see its docstring for what there is."""

pytest_plugins = (
    "tests.servers.certs",
    "tests.servers.chromium",
    "tests.servers.dovecot",
    "tests.servers.postfix",
    "tests.servers.postgres",
    "tests.servers.pgbouncer",
    "tests.servers.pymap_server",
    "tests.servers.sink",
)
