# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is wrong with an inventory, in words: the schema's violations as sentences that name the way out."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ansible.module_utils.common.validation import check_type_bool

try:
    from jsonschema import Draft202012Validator, ValidationError
except ImportError:
    HAS_JSONSCHEMA = False
else:
    HAS_JSONSCHEMA = True

_TYPES = {
    "array": "a list",
    "boolean": "true or false",
    "integer": "a whole number",
    "null": "null",
    "object": "a mapping",
    "string": "text",
}


@dataclass(frozen=True)
class InventorySchema:
    """
    The JSON Schema of the inventory (Draft 2020-12).

    Its `properties` are the known variables, its `patternProperties` match the names that it leaves free, and
    `$defs/inventory` lists what a whole inventory must hold. `is_secret` tells values that no message may show.
    """

    document: Mapping[str, Any]
    is_secret: Callable[[object], bool]

    def governs(self, name: str) -> bool:
        """Tell whether a variable of this name has to be a known one."""
        return not _is_free(self.document, name)

    def accept(self, name: str, value: Any) -> Any:
        """Return `value` as Ansible's modules would take it: `-e network_purge=true` on the command line is text."""
        if isinstance(value, str) and self.document["properties"].get(name, {}).get("type") == "boolean":
            try:
                return check_type_bool(value)
            except TypeError:
                return value
        return value

    def misspelt(self, names: Iterable[str]) -> dict[str, str]:
        """Return which known variables were meant by names with a slip in the prefix, such as `platfrom_name`."""
        known = self.document["properties"]
        prefixes = {variable.partition("_")[0] for variable in known}
        meant = {}
        for name in names:
            prefix, _separator, tail = name.partition("_")
            nearest = f"{_nearest(prefix, prefixes, 0.85)}_{tail}"
            if nearest != name and nearest in known:
                meant[name] = nearest
        return meant

    def violations(self, variables: Mapping[str, Any], excused: Iterable[str]) -> list[str]:
        """
        Return a sentence for everything in `variables` that the schema forbids or misses, sorted by path.

        `excused` variables do not count as missing, as little as a misspelt key does: another error is about them.
        """
        validator = Draft202012Validator({**self.document, **self.document["$defs"]["inventory"]})
        found: list[tuple[str, str]] = []
        meant = set(excused)
        for error in sorted(validator.iter_errors(variables), key=lambda error: error.validator == "required"):
            for path, sentence, intended in self._sentences(error):
                if error.validator != "required" or path not in meant:
                    found.append((path, sentence))
                meant.add(intended)
        return [sentence for path, sentence in sorted(found)]

    def _sentences(self, error: ValidationError) -> Iterator[tuple[str, str, str]]:
        """Yield (path, sentence, path that was meant instead)."""
        path = _path(error)
        if error.validator == "required":
            key = _join(path, _missing_key(error))
            yield key, f"{key} is missing{_purpose(error)}", ""
        elif error.validator == "additionalProperties":
            for key in error.instance:
                if key not in error.schema["properties"] and not _is_free(error.schema, key):
                    meant = _meant(key, error.schema["properties"], at_root=not path)
                    yield _join(path, key), f"{_join(path, key)} is not known; {_instead(meant, error)}", _join(path, meant)
        else:
            shown = "(hidden)" if self.is_secret(error.instance) else _shown(error.instance)
            verb = "has the key" if "propertyNames" in error.absolute_schema_path else "is"
            yield path, f"{path} {verb} {shown}: {_RULES[error.validator](error)}{_example(error)}", ""


def _is_free(schema: Mapping[str, Any], name: str) -> bool:
    return any(re.search(pattern, name) for pattern in schema.get("patternProperties", ()))


def _nearest(word: str, candidates: Collection[str], cutoff: float) -> str:
    return next(iter(difflib.get_close_matches(word, candidates, n=1, cutoff=cutoff)), "")


def _meant(key: str, known: Collection[str], *, at_root: bool) -> str:
    # What all variables of a role have in common says nothing about which one was meant.
    prefix = key.partition("_")[0] + "_" if at_root else ""
    tails = {name.removeprefix(prefix): name for name in known if name.startswith(prefix)}
    return tails.get(_nearest(key.removeprefix(prefix), tails, 0.55), "")


def _join(path: str, key: str) -> str:
    return f"{path}.{key}" if path and key else path + key


def _path(error: ValidationError) -> str:
    path = ""
    for part in error.absolute_path:
        path = f"{path}[{part}]" if isinstance(part, int) else _join(path, part)
    return path


def _missing_key(error: ValidationError) -> str:
    # jsonschema reports one error for each missing key and names the key in the message alone.
    return next(key for key in error.validator_value if error.message.startswith(repr(key)))


def _purpose(error: ValidationError) -> str:
    described = error.schema["properties"][_missing_key(error)]
    return f": {described['description'].rstrip('.')}{_example_of(described)}"


def _instead(meant: str, error: ValidationError) -> str:
    if meant:
        return f"did you mean {meant}?"
    if not error.absolute_path:
        return "the collection's inventory page lists the variables"
    return f"known here: {', '.join(sorted(error.schema['properties']))}"


def _shown(value: object) -> str:
    """Show scalars alone: a whole list or mapping tells the reader less than its path."""
    match value:
        case None:
            return "null"
        case bool():
            return str(value).lower()
        case str():
            return repr(str(value) if len(value) <= 60 else f"{value[:57]}...")
        case list():
            return f"a list of {len(value)}"
        case dict():
            return "a mapping"
        case _:
            return str(value)


def _example(error: ValidationError) -> str:
    return "" if error.validator == "enum" else _example_of(error.schema)


def _example_of(schema: Mapping[str, Any]) -> str:
    example = next(iter(schema.get("examples", ())), None)
    if example is None or isinstance(example, (dict, list)):
        return ""
    return f"; for example {json.dumps(example) if str(example).isdigit() else example}"


def _counted(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"


def _type_rule(error: ValidationError) -> str:
    wanted = [error.validator_value] if isinstance(error.validator_value, str) else error.validator_value
    quotes = " (put it in quotes)" if "string" in wanted and isinstance(error.instance, (int, float)) else ""
    return f"it must be {' or '.join(_TYPES[name] for name in wanted)}{quotes}"


def _enum_rule(error: ValidationError) -> str:
    meant = _nearest(str(error.instance), [str(choice) for choice in error.validator_value], 0.6)
    hint = f"; did you mean {meant}?" if meant else ""
    return f"it must be one of {', '.join(map(str, error.validator_value))}{hint}"


_RULES: dict[str, Callable[[ValidationError], str]] = {
    "enum": _enum_rule,
    "maxItems": lambda error: f"at most {error.validator_value} entries",
    "maxLength": lambda error: f"at most {error.validator_value} characters",
    "maxProperties": lambda error: f"at most {error.validator_value} entries",
    "maximum": lambda error: f"at most {error.validator_value}",
    "minItems": lambda error: f"at least {_counted(error.validator_value, 'entry', 'entries')}",
    "minLength": lambda error: f"at least {_counted(error.validator_value, 'character', 'characters')}",
    "minimum": lambda error: f"at least {error.validator_value}",
    "pattern": lambda error: str(error.schema["patternErrorMessage"]),
    "type": _type_rule,
    "uniqueItems": lambda error: "an entry stands twice",
}
