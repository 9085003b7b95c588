"""The tests that rules are mostly made of, as plain functions: a name, a fixed value, one compared with the other.

The library that reads conditions evaluates them as well, in many steps for each; with hundreds of rules on each mail
that is most of what they cost. What has no shortcut here, the library evaluates. Both say the same (tests/desk).
Knows the library's nodes by what they are called, and so does not need it.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from maild.desk.rules.rules import Facts

Value = Callable[[Facts], Any]

_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "gt": operator.gt,
    "ge": operator.ge,
    "lt": operator.lt,
    "le": operator.le,
}
_FIXED = frozenset({"StringExpression", "FloatExpression", "BooleanExpression"})


def shortcut(node: Any) -> Value:
    """What this part of a condition is, of some facts."""
    return _short(node) or node.evaluate


@lru_cache(maxsize=16)
def octets(text: str) -> bytes:
    """A text as RE2 reads it; many patterns look at the same one."""
    return text.encode("utf-8", "replace")


def _short(node: Any) -> Value | None:
    match type(node).__name__:
        case "GetAttributeExpression":
            return operator.attrgetter(f"{node.object.name}.{node.name}")
        case "FunctionCallExpression":
            return _called(node.function.name, [argument.value for argument in node.arguments])
        case "ComparisonExpression" | "ArithmeticComparisonExpression":
            return _compared(node)
        case "ContainsExpression":
            return _contained(node)
        case "UnaryExpression" if node.type == "not" and (inner := _short(node.right)) is not None:
            return lambda facts: not inner(facts)
        case _:
            return None


def _called(name: str, arguments: list[Any]) -> Value:
    return lambda facts: getattr(facts, name)(*arguments)


def _compared(node: Any) -> Value | None:
    compare, left, right = _COMPARE[node.type], _short(node.left), _short(node.right)
    if left is not None and type(node.right).__name__ in _FIXED:
        value = _fixed(node.right)
        return lambda facts: compare(left(facts), value)
    if right is not None and type(node.left).__name__ in _FIXED:
        other = _fixed(node.left)
        return lambda facts: compare(other, right(facts))
    if left is not None and right is not None:
        return lambda facts: compare(left(facts), right(facts))
    return None


def _contained(node: Any) -> Value | None:
    member, container = _short(node.member), _short(node.container)
    if member is not None and type(node.container).__name__ == "ArrayExpression":
        if not all(type(one).__name__ in _FIXED for one in node.container.value):
            return None
        values = frozenset(_fixed(one) for one in node.container.value)
        return lambda facts: member(facts) in values
    if container is not None and type(node.member).__name__ in _FIXED:
        value = _fixed(node.member)
        return lambda facts: value in container(facts)
    if member is not None and container is not None:
        return lambda facts: member(facts) in container(facts)
    return None


def _fixed(node: Any) -> Any:
    """A number as facts have it: the library keeps those of conditions as decimals."""
    return float(node.value) if type(node).__name__ == "FloatExpression" else node.value
