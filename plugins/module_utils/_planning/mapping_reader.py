# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Values out of a mapping that came from outside: each is parsed or named as wrong, and all that is wrong is told at once."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from ipaddress import IPv4Address, IPv4Network
from typing import Any

from .naming import nearest

PLANNED = "(known after apply)"  # how a plan shows what AWS has not chosen yet


class Reader:
    """Takes values out of a mapping, and collects what is wrong with them under their paths."""

    def __init__(self, mapping: Mapping[str, Any], path: str = "", problems: list[str] | None = None) -> None:
        self.mapping, self.path = mapping, path
        self.problems: list[str] = [] if problems is None else problems

    def refuse(self, key: str, rule: str) -> None:
        self.problems.append(f"{self.path}{key} {rule}")

    def get(self, key: str, parse: Callable[[Any], Any], rule: str, fallback: Any) -> Any:
        if key not in self.mapping:
            self.refuse(key, "is missing.")
            return fallback
        try:
            return parse(self.mapping[key])
        except (ValueError, TypeError, KeyError):
            self.refuse(key, f"is {self.mapping[key]!r}, but {rule}{'' if rule.endswith('?') else '.'}")
            return fallback

    def text(self, key: str, pattern: str, rule: str) -> str:
        """Text that goes into configuration as it is, so nothing but ``pattern`` may; or what a plan shows of it."""

        def parse(value: Any) -> str:
            if value is None or str(value).endswith(PLANNED):
                return PLANNED
            if not re.fullmatch(pattern, value):
                raise ValueError(value)
            return str(value)

        return str(self.get(key, parse, rule, PLANNED))

    def choice(self, key: str, known: tuple[str, ...]) -> str:
        near = nearest(str(self.mapping.get(key)), known)
        rule = f"it is one of {', '.join(known)}{near and '.' + near}"
        return known[self.get(key, known.index, rule, 0)]

    def number(self, key: str, first: int, last: int) -> int:
        return int(self.get(key, lambda value: range(first, last + 1).index(value) + first, f"it is a number from {first} to {last}", first))

    def several(self, key: str, known: tuple[Any, ...]) -> tuple[Any, ...]:
        def parse(values: Any) -> tuple[Any, ...]:
            if not values or any(value not in known for value in values):
                raise ValueError(values)
            return tuple(values)

        return tuple(self.get(key, parse, f"it lists some of {', '.join(map(str, known))}", known[:1]))

    def address(self, key: str) -> IPv4Address:
        return IPv4Address(self.get(key, IPv4Address, "it is an IPv4 address", "0.0.0.0"))

    def network(self, key: str) -> IPv4Network:
        return IPv4Network(self.get(key, IPv4Network, "it is an IPv4 network", "0.0.0.0/0"))

    def networks(self, key: str) -> tuple[IPv4Network, ...]:
        def parse(values: Any) -> tuple[IPv4Network, ...]:
            if not values:
                raise ValueError(values)
            return tuple(IPv4Network(value) for value in values)

        return tuple(self.get(key, parse, "it is a list of IPv4 networks, and not empty", ()))

    def inner(self, key: str) -> Reader:
        """Of a mapping that is missing not all that it lacks is told too."""
        found = self.get(key, dict, "it is a mapping", None)
        return Reader(found or {}, f"{self.path}{key}.", self.problems if found is not None else [])
