# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Validate parsed requests against botocore's service models, as AWS does on its side."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from typing import Any

from botocore.validate import ParamValidator

from .answers import AwsError
from .calls import Call

_BOTOCORE = ParamValidator()
_BY_PROTOCOL = {"ec2": "InvalidParameterValue", "query": "ValidationError", "rest-xml": "InvalidArgument"}
_MODELLED = ("ValidationException", "InvalidParameterException", "InvalidRequestException", "InvalidParameterValueException",
             "InvalidArgumentException", "BadRequestException")  # fmt: skip
_GROWING = {"InstanceType"}  # enums that AWS is ahead of every SDK in; the service says what it does not know


def validate(call: Call) -> None:
    """Raises AwsError, with the code that the service uses for it, naming everything that is wrong."""
    if call.operation is None or call.operation.input_shape is None:
        return
    found = violations({**_unwritten(call.operation), **call.parameters}, call.operation.input_shape)
    if found:
        missing = all(text.startswith("Missing required") for text in found)
        raise AwsError(_code(call.operation, missing), f"{call.name} is refused: {'; '.join(found)}")


def _unwritten(operation: Any) -> dict[str, Any]:
    """Required structures that may be empty: query strings have no way to write an empty one."""
    if str(operation.service_model.protocol) not in ("ec2", "query"):
        return {}
    shape = operation.input_shape
    required = {name: shape.members[name] for name in shape.required_members}
    return {name: {} for name, each in required.items() if each.type_name == "structure" and not each.required_members}


def _code(operation: Any, missing: bool) -> str:
    protocol = str(operation.service_model.protocol)
    if protocol == "ec2" and missing:
        return "MissingParameter"
    if protocol in _BY_PROTOCOL:
        return _BY_PROTOCOL[protocol]
    names = {shape.name for shape in operation.error_shapes}
    return next((code for code in _MODELLED if code in names), "ValidationException")


def violations(value: Any, shape: Any) -> list[str]:
    """What is wrong with a parsed request: what botocore checks, then enum, pattern and max, which it leaves to AWS."""
    report = _BOTOCORE.validate(value, shape)
    found = report.generate_report().splitlines() if report.has_errors() else []
    return found + list(_walk(value, shape, ""))


@functools.cache
def _pattern(text: str) -> re.Pattern[str] | None:
    """A model's pattern. Where it has no anchors of its own, AWS means the whole text by it."""
    try:
        return re.compile(text if "^" in text.replace("[^", "") or "$" in text else rf"\A(?:{text})\Z")
    except re.error:  # a few models carry syntax that only Java knows
        return None


def _walk(value: Any, shape: Any, at: str) -> Iterator[str]:
    match shape.type_name:
        case "structure" if isinstance(value, dict):
            for name, inner in value.items():
                if inner is not None and name in shape.members:
                    yield from _walk(inner, shape.members[name], f"{at}.{name}" if at else name)
        case "list" if isinstance(value, list):
            yield from _too_many(value, shape, at)
            for index, inner in enumerate(value):
                yield from _walk(inner, shape.member, f"{at}[{index}]")
        case "map" if isinstance(value, dict):
            yield from _too_many(value, shape, at)
            for key, inner in value.items():
                yield from _walk(key, shape.key, f"key {key!r} of {at}")
                yield from _walk(inner, shape.value, f"{at}.{key}")
        case "string" if isinstance(value, str):
            yield from _text(value, shape, at)
        case "integer" | "long" | "float" | "double" if isinstance(value, (int, float)):
            yield from _too_high(value, shape, at)


def _too_many(value: Any, shape: Any, at: str) -> Iterator[str]:
    if len(value) > shape.metadata.get("max", len(value)):
        yield f"{at}: {len(value)} members are more than {shape.metadata['max']}"


def _too_high(value: float, shape: Any, at: str) -> Iterator[str]:
    if value > shape.metadata.get("max", value):
        yield f"{at}: {value} is more than {shape.metadata['max']}"


def _text(value: str, shape: Any, at: str) -> Iterator[str]:
    if shape.enum and value not in shape.enum and shape.name not in _GROWING:
        yield f"{at}: {value!r} is none of {', '.join(shape.enum)}"
    if len(value) > shape.metadata.get("max", len(value)):
        yield f"{at}: {len(value)} characters are more than {shape.metadata['max']}"
    pattern = _pattern(shape.metadata["pattern"]) if "pattern" in shape.metadata else None
    if pattern and not pattern.search(value):
        yield f"{at}: {value!r} does not match {shape.metadata['pattern']}"
