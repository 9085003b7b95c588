"""Imported once, by the process that `commands` forks: everything that a command may import."""

from importlib import import_module
from pkgutil import iter_modules

import maild.cli
from maild.render.templates import Templates

for _module in iter_modules(maild.cli.__path__, "maild.cli."):
    import_module(_module.name)
for _name in ("maild.daemon.once", "maild.daemon.wiring", "maild.settings.rules", "alembic.command", "psycopg"):
    import_module(_name)
Templates(None).check()
