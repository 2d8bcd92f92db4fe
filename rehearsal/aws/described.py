# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a describe call answers: plain rows, filtered and cut into pages as AWS does it, whichever way moto keeps them."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import jmespath
from moto.core.responses import ActionResult
from moto.core.serialize import AttributePickerContext, XFormedAttributePicker
from moto.core.utils import MISSING, get_value

from .answers import AwsError

Row = dict[str, Any]


@dataclass(frozen=True)
class Listing:
    """How one describe action lists its rows.

    key: the list in the answer. filters: JMESPath into a row by filter name (tags are understood for all rows that
    carry `tags`). refine: mends a row in place before it is filtered.
    """

    key: str
    filters: Mapping[str, str]
    tags: str = "Tags"
    refine: Callable[[Any, Row], None] | None = None

    def answer(self, backend: Any, result: Any, operation: Any, asked: Mapping[str, Any]) -> dict[str, Any]:
        """The answer's content from what moto or an overlay returned. Raises AwsError for unknown filters or tokens."""
        plain = to_plain(result, operation.output_shape, operation)
        rows = plain.get(self.key, [])
        if self.refine is not None:
            for row in rows:
                self.refine(backend, row)
        wanted = asked.get("Filters") or asked.get("Filter") or []
        for name, values in ((item.get("Name", ""), item.get("Values", [])) for item in wanted):
            rows = [row for row in rows if matches(self.found(row, name), values)]
        page, token = paginate(rows, asked.get("MaxResults"), asked.get("NextToken"))
        return {**plain, self.key: page, "NextToken": token}

    def found(self, row: Row, name: str) -> Any:
        """What a row has under a filter's name: a value or a list of them. Raises AwsError if AWS knows no such filter."""
        tags = row.get(self.tags) or []
        if name.startswith("tag:"):
            return [tag["Value"] for tag in tags if tag["Key"] == name[4:]]
        if name in ("tag-key", "tag-value"):
            return [tag[name[4:].title()] for tag in tags]
        if name not in self.filters:
            raise AwsError("InvalidParameterValue", f"The filter '{name}' is invalid")
        return _compiled(self.filters[name]).search(row)


@functools.cache
def _compiled(expression: str) -> Any:
    return jmespath.compile(expression)


def matches(found: Any, wanted: list[str]) -> bool:
    """Whether a value, or one of a list of values, is one of those wanted; these may carry `*` and `?`."""
    values = found if isinstance(found, list) else [found]
    patterns = [_wildcards(text) for text in wanted]
    return any(pattern.fullmatch(_text(value)) for value in values if value is not None for pattern in patterns)


@functools.lru_cache(4096)
def _wildcards(text: str) -> re.Pattern[str]:
    escaped = {"*": ".*", "?": "."}
    return re.compile("".join(escaped.get(letter, re.escape(letter)) for letter in text), re.DOTALL)


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def paginate(rows: list[Row], limit: int | None, token: str | None) -> tuple[list[Row], str | None]:
    """A page of the rows and the token of the next one. The token is the next page's first position, disguised."""
    start = 0
    if token is not None:
        if not re.fullmatch(r"page-\d+", token):
            raise AwsError("InvalidNextToken", f"The token '{token}' is invalid")
        start = int(token.removeprefix("page-"))
    end = start + limit if limit else len(rows)
    return rows[start:end], f"page-{end}" if end < len(rows) else None


class PlainResult(ActionResult):
    """An answer of nothing but dicts and lists; moto's search for a member's attribute takes half of a call's time."""

    def execute_result(self, context: Any) -> Any:
        serializer = context.serializer_class(operation_model=context.operation_model, value_picker=_take)
        serialized = serializer.serialize(self.result)
        return serialized["status_code"], serialized["headers"], serialized["body"]


def _take(context: Any) -> Any:
    return context.obj.get(context.key)


def to_plain(value: Any, shape: Any, operation: Any) -> Any:
    """moto's objects as dicts and lists named as in botocore's model; what is None or an empty structure is left out."""
    match shape.type_name:
        case "structure":
            found = {name: _member(value, name, shape, operation) for name in shape.members}
            return {name: inner for name, inner in found.items() if inner is not None and inner != {}}
        case "list":
            return [to_plain(inner, shape.member, operation) for inner in value]
        case _:
            return value


_PICK = XFormedAttributePicker()


def _member(value: Any, name: str, parent: Any, operation: Any) -> Any:
    shape = parent.members[name]
    if isinstance(value, dict) and (name in value or value.keys() <= parent.members.keys()):
        inner = value.get(name)
    else:
        names = _names(type(value), parent.name, name, lambda: _candidates(value, name, parent, operation))
        found = (get_value(value, candidate, MISSING) for candidate in names)
        inner = next((member for member in found if member is not MISSING), None)
    return None if inner is None else to_plain(inner, shape, operation)


def _candidates(value: Any, name: str, parent: Any, operation: Any) -> tuple[str, ...]:
    shape = parent.members[name]
    shape.parent = parent  # moto derives short attribute names from it
    return tuple(_PICK.get_possible_keys(AttributePickerContext(value, name, shape, operation, operation.service_model)))


_NAMES: dict[tuple[type, str, str], tuple[str, ...]] = {}


def _names(kind: type, parent: str, name: str, find: Callable[[], tuple[str, ...]]) -> tuple[str, ...]:
    """The attributes of a class that may hold a member of a shape; moto works them out anew for every value."""
    key = (kind, parent, name)
    if key not in _NAMES:
        _NAMES[key] = find()
    return _NAMES[key]
