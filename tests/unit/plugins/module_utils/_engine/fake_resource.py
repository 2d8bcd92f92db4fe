# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What all kinds of the fake cloud share: they are owned by tags, and each field is set by a call of its own."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from functools import partial
from typing import Any, ClassVar

from ansible_collections.fintech.platform.plugins.module_utils._engine.resource import Difference, Live, Resource, Scope, Secret, managed, resolve
from ansible_collections.fintech.platform.tests.unit.plugins.module_utils._engine.fake_cloud import Cloud, Thing
from ansible_collections.fintech.platform.tests.unit.plugins.module_utils._engine.fake_place import SCOPE, FakePlace


@dataclass(kw_only=True, eq=False)
class Fake(Resource):
    """``extra``: tags beside those of ownership."""

    tags: Mapping[str, str] | None = managed(None)

    later: ClassVar[tuple[str, ...]] = ()  # fields that only an update can set
    loose: ClassVar[tuple[str, ...]] = ()
    token: ClassVar[bool] = True

    @classmethod
    def read(cls, place: FakePlace, scope: Scope, within: frozenset[str]) -> Iterable[Live]:
        return place.describe(cls, within)

    @classmethod
    def as_live(cls, cloud: Cloud, thing: Thing) -> Live:
        parts = {part: thing.tags[part] for part in ("platform", "environment", "stack") if part in thing.tags}
        scope = Scope(**parts) if len(parts) == 3 else None
        live = Live(id=thing.id, name=thing.tags.get("name"), scope=scope, values={**thing.values, "tags": thing.tags}, state=thing.state)
        live.within, live.default, live.in_use = thing.within, thing.default, bool(cloud.holders(thing.id))
        return live

    @property
    def container(self) -> str | None:
        return None

    def create(self, place: FakePlace) -> Live:
        cloud, token = place.cloud, str(uuid.uuid4()) if self.token else ""
        given = {name: resolve(getattr(self, name)) for name in self.settable() if name not in self.later}
        values = {name: value.version if isinstance(value, Secret) else value for name, value in given.items()}
        owned = {"platform": SCOPE.platform, "environment": SCOPE.environment, "stack": SCOPE.stack, "name": self.name}
        more: dict[str, Any] = {"within": self.container, "loose": self.loose, "settles": self.waiter is not None}

        def effect() -> Live:
            self.refuse(cloud)
            return self.as_live(cloud, self.made(cloud, cloud.add(self.kind, values, {**owned, **(self.tags or {})}, token=token, **more)))

        live: Live = cloud.call(f"Create {self.label}", effect, attempts=2 if self.token else 1)
        return live

    @classmethod
    def settable(cls) -> list[str]:
        return [each.name for each in fields(cls) if each.name not in ("name", "live", "tags")]

    def refuse(self, cloud: Cloud) -> None:
        """Raise for what the cloud does not take."""

    def made(self, cloud: Cloud, thing: Thing) -> Thing:
        return thing

    def update(self, place: FakePlace, live: Live, fields: Mapping[str, Difference]) -> None:
        for name, difference in fields.items():
            value = difference.after.version if isinstance(difference.after, Secret) else difference.after
            place.cloud.call(f"Set {self.label} {name}", partial(place.cloud.set, live.id, name, value))

    def retag(self, place: FakePlace, live: Live, tags: Mapping[str, str]) -> None:
        place.cloud.call(f"Tag {self.label}", lambda: place.cloud.get(live.id).tags.update(tags))

    @classmethod
    def delete(cls, place: FakePlace, live: Live) -> None:
        place.cloud.call(f"Delete {cls.kind}.{live.name}", lambda: place.cloud.remove(live.id, settles=cls.waiter is not None))

    @classmethod
    def holders(cls, place: FakePlace, live: Live) -> list[str]:
        found: list[str] = place.cloud.call(f"Describe holders of {live.id}", lambda: place.cloud.holders(live.id))
        return found

    def normalize(self, values: Mapping[str, Any]) -> Mapping[str, Any]:
        return {**values, "tags": {key: value for key, value in values["tags"].items() if key in (self.tags or {})}}
