"""How what was learnt is written down: JSON of one checked form, nothing that could run. Its version is a hash of all
that it says, so one that was changed behind our back is refused."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from typing import Any

from maild.desk.learning.learning import FIELDS, FieldModel, Model

_FORM = "maild-learning-1"
_MOST = 64 * 1024 * 1024


def model_of(fields: Mapping[str, FieldModel]) -> Model:
    """A model of these, with its version."""
    return Model(_hash(_content(fields)), dict(fields))


def written(model: Model) -> str:
    return json.dumps({"form": _FORM, "version": model.version, "fields": _content(model.fields)}, ensure_ascii=False)


def read_back(text: str) -> Model:
    """The model that was written so. Raises ValueError for anything else."""
    if len(text) > _MOST:
        raise ValueError("is too large to be a model")
    try:
        found = json.loads(text)
        if found["form"] != _FORM:
            raise ValueError(f"has a form that this maild does not know: {found['form']!r:.40}")
        fields = {name: _field(name, one) for name, one in found["fields"].items()}
        version = found["version"]
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"is no model: {type(error).__name__}") from error
    if version != _hash(_content(fields)):
        raise ValueError("does not say what its version says")
    return Model(version, fields)


def _content(fields: Mapping[str, FieldModel]) -> dict[str, Any]:
    return {
        name: {
            "values": list(one.values),
            "bias": list(one.bias),
            "temperature": one.temperature,
            "acts_from": one.acts_from,
            "weights": {sign: list(weight) for sign, weight in one.weights.items()},
        }
        for name, one in fields.items()
    }


def _hash(content: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:12]


def _field(name: str, found: dict[str, Any]) -> FieldModel:
    values = tuple(found["values"])
    if name not in FIELDS or len(values) < 2 or not all(isinstance(value, str) for value in values):
        raise ValueError(f"is no model: {name:.20}")
    temperature = _numbers([found["temperature"]], 1)[0]
    if temperature <= 0:
        raise ValueError("is no model: its temperature is not above zero")
    return FieldModel(
        values=values,
        bias=_numbers(found["bias"], len(values)),
        weights={str(sign): _numbers(weight, len(values)) for sign, weight in found["weights"].items()},
        temperature=temperature,
        acts_from=_numbers([found["acts_from"]], 1)[0],
    )


def _numbers(found: list[Any], count: int) -> tuple[float, ...]:
    if len(found) != count or not all(type(one) in (int, float) and math.isfinite(one) for one in found):
        raise ValueError("is no model: a number is missing or is none")
    return tuple(float(one) for one in found)
