"""The index of words: what `search` looks in. The engines keep it themselves, with each row, so that no statement is
needed for it; what is there already is put into it here.

SQLite: a document for what a case is called (its event 0), and one for each entry, numbered so that those of a case
stand together. It holds no texts: they stand in the tables. PostgreSQL: a column beside them. Of our own automatic
mails nothing is kept, and of a very long text its first part.
"""

from alembic import op

revision = "0018"
down_revision = "0017"

_SAID = "substr({0}text, 1, 100000)"
_CALLED = "substr({0}subject || ' ' || {0}requester || ' ' || {0}requester_name, 1, 100000)"
_KEPT = "not ({0}automatic and {0}direction = 'out')"
_ENTRY, _CASE = "({0}case_number << 24) | {0}event", "{0}number << 24"
_CHANGED = {
    "entries": ("case_number", "event", "direction", "automatic", "text"),
    "cases": ("subject", "requester", "requester_name"),
}


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        # Letters with accents stay what they are: PostgreSQL has no way to fold them that it would index.
        op.execute(
            "create virtual table words using "
            "fts5(said, content='', columnsize=0, tokenize='unicode61 remove_diacritics 0')"
        )
        for table, row, said, kept in (("entries", _ENTRY, _SAID, _KEPT), ("cases", _CASE, _CALLED, "true")):
            _kept_by_triggers(table, row, said, kept)
        return
    for table, said in (("entries", f"case when {_KEPT} then {_SAID} else '' end"), ("cases", _CALLED)):
        # Its parser would make addresses, hosts and signs of what stands between letters and figures.
        bare = rf"regexp_replace({said.format('')}, '[\u0001-/\u003a-@\[-`{{-\u007f]+', ' ', 'g')"
        op.execute(
            f"alter table {table} add column words tsvector "
            f"generated always as (to_tsvector('simple'::regconfig, {bare})) stored"
        )
        op.create_index(f"ix_{table}_words", table, ["words"], postgresql_using="gin")


def _kept_by_triggers(table: str, row: str, said: str, kept: str) -> None:
    """To take a document out, all of it must be said again."""

    def put(which: str, source: str = "") -> str:
        return f"insert into words(rowid, said) select {row}, {said} {source} where {kept}".format(which)

    def take(which: str) -> str:
        return f"insert into words(words, rowid, said) select 'delete', {row}, {said} where {kept}".format(which)

    columns = _CHANGED[table]
    changed = " or ".join(f"old.{name} is not new.{name}" for name in columns)
    op.execute(put("", f"from {table}"))
    op.execute(f"create trigger words_{table}_added after insert on {table} begin {put('new.')}; end")
    op.execute(
        f"create trigger words_{table}_changed after update of {', '.join(columns)} on {table} when {changed} "
        f"begin {take('old.')}; {put('new.')}; end"
    )
    op.execute(f"create trigger words_{table}_gone after delete on {table} begin {take('old.')}; end")
