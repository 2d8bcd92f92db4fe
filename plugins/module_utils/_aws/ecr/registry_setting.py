# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a registry has once, always: it is put, and put back to what AWS began with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from ..._engine.resource import Difference, Live, Resource, Scope

NAME = "registry"


@dataclass(kw_only=True, eq=False)
class RegistrySetting(Resource):
    """The hub's registry stack is its one writer, so that whatever is not ``pristine`` is its own, declared or not."""

    pristine: ClassVar[Mapping[str, Any]]  # the fields as AWS began with them

    @classmethod
    def get(cls, place: Any) -> dict[str, Any]:
        """The fields as they are."""
        raise NotImplementedError

    @classmethod
    def put(cls, place: Any, values: Mapping[str, Any]) -> None:
        raise NotImplementedError

    @property
    def adopted(self) -> bool:
        return True

    @classmethod
    def read(cls, place: Any, scope: Scope, within: frozenset[str]) -> Iterable[Live]:
        values = cls.get(place)
        yield Live(id=NAME, name=NAME, scope=scope, values=values, default=values == cls.pristine)

    def update(self, place: Any, live: Live, fields: Mapping[str, Difference]) -> None:
        self.put(place, {**live.values, **{name: difference.after for name, difference in fields.items()}})

    @classmethod
    def delete(cls, place: Any, live: Live) -> None:
        cls.put(place, cls.pristine)
