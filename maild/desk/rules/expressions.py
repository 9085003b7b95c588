"""The language of conditions: the rule-engine library reads and types them, RE2 does their pattern matching.

The one place that imports either. Of the library's language that part is taken which is total and cheap: names from
our table, texts, numbers, comparisons, `in`, `and`, `or`, `not`. Arithmetic, comprehensions, its functions and
indexing are refused at load. A condition is taken apart at `and`, `or` and `not`, so that it can be said which
clause decided.

Patterns stand behind the library's own operators (`=~` from the beginning, `=~~` anywhere, `!~`, `!~~`), but never
reach Python's `re`: RE2 takes time in proportion to the text, whatever the pattern (threats T70). What RE2 does not
have, such as back-references, is refused at load.
"""

from __future__ import annotations

import difflib
import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import maild.desk.rules.tables  # noqa: F401 -- before the library, whose parser looks for them

# isort: split
import re2
import rule_engine

from maild.desk.rules.conditions import Holds, Matches, Several, Test
from maild.desk.rules.names import FUNCTIONS, MESSAGE, NAMES, Name, Type, names_on, occasion_of
from maild.desk.rules.rules import Clause
from maild.desk.rules.shortcuts import shortcut

_LONGEST = 4000
_DEEPEST = 40
_PATTERN_MEMORY = 8 << 20

_TYPES = {
    Type.TEXT: rule_engine.DataType.STRING,
    Type.NUMBER: rule_engine.DataType.FLOAT,
    Type.YES_OR_NO: rule_engine.DataType.BOOLEAN,
    Type.LIST: rule_engine.DataType.ARRAY(rule_engine.DataType.STRING),
}
_MATCH = {
    "EQ_FZM": (re2.Set.MatchSet, True),
    "EQ_FZS": (re2.Set.SearchSet, True),
    "NE_FZM": (re2.Set.MatchSet, False),
    "NE_FZS": (re2.Set.SearchSet, False),
}
_COMPARE = frozenset({"EQ", "NE", "GT", "GE", "LT", "LE", "IN"})
_WELCOME = (
    frozenset("""SYMBOL ATTR STRING FLOAT TRUE FALSE LPAREN RPAREN LBRACKET RBRACKET COMMA NOT AND OR""".split())
    | _COMPARE
    | _MATCH.keys()
)
_CAN_BE_INDEXED = frozenset({"SYMBOL", "STRING", "RPAREN", "RBRACKET"})
_SPOKEN_TYPES = {"STRING": "a text", "FLOAT": "a number", "BOOLEAN": "yes or no", "ARRAY": "a list"}


class Wrong(Exception):
    """A condition that cannot be used: what is wrong and what to do. `line` counts from 0 within it."""

    def __init__(self, message: str, line: int = 0) -> None:
        super().__init__(message)
        self.line = line


@dataclass(frozen=True, slots=True)
class _Token:
    type: str
    value: str
    start: int
    end: int
    line: int


def read(text: str, occasion: str = MESSAGE) -> Test:
    """The condition that a text says, of a rule on this occasion. Raises Wrong."""
    names = names_on(occasion)
    if len(text) > _LONGEST:
        raise Wrong(f"is longer than {_LONGEST} characters; make several rules of it")
    tokens = _tokens(text)
    if not tokens:
        raise Wrong("is empty; leave `when` away for a rule that always applies")
    _check_tokens(tokens, names, occasion)
    return _Reading(text, names).several(tokens, "OR", 0)


def canonical(text: str) -> str:
    """The condition with its blanks evened out: equal for conditions that say the same in the same words."""
    return " ".join(token.value for token in _tokens(text))


def used(text: str) -> frozenset[str]:
    """The names that a condition asks for."""
    tokens = _tokens(text)
    begins = [n for n, one in enumerate(tokens) if one.type == "SYMBOL" and (n == 0 or tokens[n - 1].type != "ATTR")]
    return frozenset(_said_name(tokens, number)[0] for number in begins)


class _Reading:
    """Takes one condition apart."""

    def __init__(self, text: str, names: dict[str, Name]) -> None:
        self._text = text
        self._names = names
        self._context = _context(tuple(names.items()))

    def several(self, tokens: Sequence[_Token], word: str, depth: int) -> Test:
        """What `or` joins; within that, what `and` joins."""
        parts = _split(tokens, word)
        if word == "OR":
            read = [self.several(part, "AND", depth) for part in parts]
        else:
            read = [self._one(part, depth) for part in parts]
        return read[0] if len(read) == 1 else Several(tuple(read), ends_at=word == "OR")

    def _one(self, tokens: Sequence[_Token], depth: int) -> Test:
        if depth > _DEEPEST:
            raise Wrong(f"is nested more than {_DEEPEST} deep; make several rules of it", tokens[0].line)
        if not tokens:
            raise Wrong("something is missing beside `and`, `or` or `not`")
        if tokens[0].type == "NOT":
            return self._one(tokens[1:], depth + 1).negated()
        if tokens[0].type == "LPAREN" and _closing(tokens) == len(tokens) - 1:
            return self.several(tokens[1:-1], "OR", depth + 1)
        return self._clause(tokens)

    def _clause(self, tokens: Sequence[_Token]) -> Test:
        text = self._text[tokens[0].start : tokens[-1].end]
        clause, line = Clause(" ".join(text.split())), tokens[0].line
        at = next((n for n, token in enumerate(tokens) if token.type in _MATCH), None)
        if at is not None:
            return self._pattern(tokens, at, clause)
        expression = self._parsed(text, line)
        if _type(expression) != "BOOLEAN":
            raise Wrong(f"`{clause.text}` is {_spoken(expression)}, not a test; compare it with something", line)
        if isinstance(expression, rule_engine.ast.LiteralExpressionBase):
            raise Wrong(f"`{clause.text}` is always {str(bool(expression.value)).lower()}; leave it away", line)
        self._check_sense(expression, clause, line)
        return Holds((clause,), shortcut(expression))

    def _pattern(self, tokens: Sequence[_Token], at: int, clause: Clause) -> Test:
        line = tokens[at].line
        if len(tokens) != at + 2 or tokens[-1].type != "STRING" or at == 0:
            raise Wrong(f"`{clause.text}`: {tokens[at].value} stands between a name and a pattern in quotes", line)
        operand = self._parsed(self._text[tokens[0].start : tokens[at - 1].end], line)
        if _type(operand) != "STRING" or isinstance(operand, rule_engine.ast.LiteralExpressionBase):
            raise Wrong(f"`{clause.text}`: only a text that comes with the mail can be matched with a pattern", line)
        among, wanted = _MATCH[tokens[at].type]
        return Matches((clause,), shortcut(operand), _finding(tokens[-1].value, among, line), wanted)

    def _parsed(self, text: str, line: int) -> Any:
        parser = rule_engine.Rule.parser
        lexer = parser._lexer.clone()
        lexer.lineno = 1
        try:
            return parser.parse(text, self._context, lexer=lexer).expression
        except rule_engine.errors.EngineError as error:
            raise Wrong(f"`{' '.join(text.split())}`: {_said(error)}", line) from error

    def _check_sense(self, node: Any, clause: Clause, line: int) -> None:
        """That a comparison can come out either way: equal types, and only values that the name can have."""
        ast = rule_engine.ast
        if isinstance(node, ast.UnaryExpression):  # `not in`
            self._check_sense(node.right, clause, line)
        elif isinstance(node, ast.ContainsExpression):
            if isinstance(node.container, ast.ArrayExpression):
                self._check_values(node.member, node.container.value, clause, line)
            elif _type(node.member) != "STRING":
                raise Wrong(
                    f"`{clause.text}`: {_spoken(node.member)} never stands in {_spoken(node.container)}", line
                )
        elif isinstance(node, ast.ComparisonExpression):
            if _type(node.left) != _type(node.right):
                what = f"{_spoken(node.left)} is never equal to {_spoken(node.right)}"
                raise Wrong(f"`{clause.text}`: {what}; texts stand in quotes, numbers do not", line)
            self._check_values(node.left, [node.right], clause, line)
            self._check_values(node.right, [node.left], clause, line)

    def _check_values(self, side: Any, others: Sequence[Any], clause: Clause, line: int) -> None:
        ast = rule_engine.ast
        for other in others:
            if _type(side) != _type(other):
                raise Wrong(f"`{clause.text}`: {_spoken(side)} is never among them", line)
        if not isinstance(side, ast.GetAttributeExpression):
            return
        name = f"{side.object.name}.{side.name}"
        values = self._names[name].values
        for other in others if values is not None else ():
            if isinstance(other, ast.StringExpression) and other.value not in (values or ()):
                near = difflib.get_close_matches(other.value, values or (), n=1, cutoff=0.5)
                known = f"did you mean “{near[0]}”?" if near else f"it is one of {', '.join(values or ())}"
                raise Wrong(f"`{clause.text}`: {name} is never “{other.value}”; {known}", line)


def _finding(quoted: str, among: Any, line: int) -> Any:
    """Looks for the pattern between these quotes, by RE2; letters match whatever their case. Raises Wrong."""
    source = quoted.lstrip("rs")[1:-1].replace('\\"', '"')
    options = re2.Options()
    options.case_sensitive = False
    options.log_errors = False
    options.max_mem = _PATTERN_MEMORY
    try:
        re2.compile(source, options)  # by itself first: brackets must not close ours
        one = among(options)  # a set of one: it says whether, at half the price of saying where
        one.Add(f"(?m:{source})")
        one.Compile()
    except re2.error as error:
        raise Wrong(f'the pattern "{source}" cannot be used: {_why_not(source, error)}', line) from error
    return one.Match


def _why_not(source: str, error: Exception) -> str:
    said = error.args[0] if error.args else ""
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
    if "invalid escape" in text and any(f"\\{digit}" in source for digit in "123456789"):
        return "back-references are not possible with RE2, which in turn never takes long; say what may stand there"
    if "(?=" in text or "(?!" in text or "(?<" in text:
        return "looking ahead or behind is not possible with RE2; make two clauses of it, one with !~~"
    return f"{text} (RE2)"


@functools.cache
def _context(names: tuple[tuple[str, Name], ...]) -> Any:
    """What the library must know of our names: their types, and where their values are."""
    data_type = rule_engine.DataType
    groups: dict[str, dict[str, Any]] = {}
    for name, one in names:
        group, _, attribute = name.partition(".")
        groups.setdefault(group, {})[attribute] = _TYPES[one.type]
    types: dict[str, Any] = {group: data_type.OBJECT(group, attributes) for group, attributes in groups.items()}
    for function in FUNCTIONS:
        types[function] = data_type.FUNCTION(
            function, return_type=data_type.STRING, argument_types=(data_type.STRING,), minimum_arguments=1
        )
    return rule_engine.Context(
        type_resolver=rule_engine.type_resolver_from_dict(types), resolver=getattr, default_timezone="utc"
    )


def _tokens(text: str) -> list[_Token]:
    lexer = rule_engine.Rule.parser._lexer.clone()
    lexer.lineno = 1
    lexer.input(text)
    found = []
    try:
        while (token := lexer.token()) is not None:
            start = token.lexpos
            found.append(_Token(token.type, str(token.value), start, lexer.lexpos, text.count("\n", 0, start)))
    except rule_engine.errors.EngineError as error:
        raise Wrong(_said(error), text.count("\n", 0, lexer.lexpos)) from error
    return found


def _check_tokens(tokens: Sequence[_Token], names: dict[str, Name], occasion: str) -> None:
    """Only what is total and cheap, and only names of ours."""
    unwelcome = next((token for token in tokens if token.type not in _WELCOME), None)
    if unwelcome is not None:
        what = f"`{unwelcome.value}` is not part of the language of rules; docs/rules.md says what is"
        raise Wrong(what, unwelcome.line)
    before: _Token | None = None
    for number, token in enumerate(tokens):
        if token.type == "LBRACKET" and before is not None and before.type in _CAN_BE_INDEXED:
            raise Wrong("nothing can be picked out of a text by its place; use a pattern", token.line)
        if token.type == "SYMBOL" and (before is None or before.type != "ATTR"):
            _check_name(tokens, number, names, occasion)
        before = token


def _check_name(tokens: Sequence[_Token], at: int, names: dict[str, Name], occasion: str) -> None:
    said, end = _said_name(tokens, at)
    functions = FUNCTIONS if occasion == MESSAGE else {}
    if said in names or (said in functions and end < len(tokens) and tokens[end].type == "LPAREN"):
        return
    where = MESSAGE if said in FUNCTIONS else occasion_of(said)
    if where not in (None, occasion) and (said in NAMES or said in FUNCTIONS):
        what = f'{said} is known only to rules with on = "{where}", and this one has on = "{occasion}"'
        raise Wrong(what, tokens[at].line)
    tail = {name.partition(".")[2]: name for name in reversed(names)}
    near = difflib.get_close_matches(said, [*names, *functions], n=1, cutoff=0.5)
    hint = tail.get(said) or (near[0] if near else None)
    raise Wrong(
        f"there is no name {said}; " + (f"did you mean {hint}?" if hint else "docs/rules.md lists them"),
        tokens[at].line,
    )


def _said_name(tokens: Sequence[_Token], at: int) -> tuple[str, int]:
    """The whole name that begins here, and where it ends."""
    end = at + 1
    while end + 1 < len(tokens) and tokens[end].type == "ATTR" and tokens[end + 1].type == "SYMBOL":
        end += 2
    return "".join(token.value for token in tokens[at:end]), end


def _split(tokens: Sequence[_Token], word: str) -> list[Sequence[_Token]]:
    parts, begin, depth = [], 0, 0
    for number, token in enumerate(tokens):
        depth += (token.type in ("LPAREN", "LBRACKET")) - (token.type in ("RPAREN", "RBRACKET"))
        if depth < 0:
            raise Wrong("a bracket is closed that was not opened", token.line)
        if depth == 0 and token.type == word:
            parts.append(tokens[begin:number])
            begin = number + 1
    if depth:
        raise Wrong("a bracket is not closed", tokens[-1].line)
    return [*parts, tokens[begin:]]


def _closing(tokens: Sequence[_Token]) -> int:
    depth = 0
    for number, token in enumerate(tokens):
        depth += (token.type == "LPAREN") - (token.type == "RPAREN")
        if depth == 0:
            return number
    return -1


def _type(expression: Any) -> str:
    return str(expression.result_type.name).partition("(")[0]


def _spoken(expression: Any) -> str:
    return _SPOKEN_TYPES.get(_type(expression), "something else")


def _said(error: Exception) -> str:
    said = str(getattr(error, "message", "") or error)
    return {
        "data type mismatch": "a text and a number cannot be compared; texts stand in quotes, numbers do not",
        "syntax error": "cannot be understood here; is `and`, `or` or a quote missing?",
        "syntax error at: EOF": "ends too early",
    }.get(said, said)
