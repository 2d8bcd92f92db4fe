# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What all EC2 kinds share: tags in the creating call, one bulk read, retagging."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

try:
    from botocore import xform_name
except ImportError:  # AnsibleAWSModule reports it
    pass

from ..._engine.errors import PlatformError
from ..._engine.resource import Live, Resource, Scope, managed
from ..tags import PARTS, PREFIX, from_tags, managed_only, owner, to_tags


@dataclass(kw_only=True, eq=False)
class Ec2Resource(Resource):
    tags: Mapping[str, str] = managed()

    tag_type: ClassVar[str]  # as TagSpecifications names it
    describe: ClassVar[tuple[str, str, str]]  # operation, key of the list in its answer, key of the id
    filters: ClassVar[str] = "Filters"  # two calls name their filters otherwise
    filter_by: ClassVar[str] = "vpc-id"  # the filter that takes the container's id

    @classmethod
    def removal(cls, live: Live) -> str | None:
        """The command by which somebody may remove what is theirs."""
        service, _dot, operation = next(reversed(cls.calls.get("delete", ())), "").partition(".")
        return f"aws {service} {xform_name(operation, '-')} --{xform_name(cls.describe[2], '-')} {live.id}" if operation else None

    @classmethod
    def read(cls, place: Any, scope: Scope, within: frozenset[str]) -> Iterable[Live]:
        operation, key, _id = cls.describe
        for item in place.pages("ec2", operation, key, **cls.question(scope, within)):
            yield cls.as_live(item, scope, within)

    @classmethod
    def question(cls, scope: Scope, within: frozenset[str]) -> dict[str, Any]:
        if cls.within:
            return {cls.filters: [{"Name": cls.filter_by, "Values": sorted(within)}]}
        return {cls.filters: [{"Name": f"tag:{PREFIX}{part}", "Values": [getattr(scope, part)]} for part in PARTS]}

    @classmethod
    def as_live(cls, item: Mapping[str, Any], scope: Scope, within: frozenset[str]) -> Live:
        tags = from_tags(item.get("Tags"))
        whose, name = owner(tags, scope if cls.within else None)
        values = {**cls.values(item), "tags": tags}
        live = Live(id=item[cls.describe[2]], name=name, scope=whose, values=values, state=cls.state(item))
        live.within = cls.container(item) if cls.within else None
        live = cls.refine(live, item)
        live.scope = scope if live.default else live.scope  # a default belongs to whom its container belongs
        return live

    @classmethod
    def values(cls, item: Mapping[str, Any]) -> dict[str, Any]:
        """The item of the describe call as the kind's fields."""
        raise NotImplementedError

    @classmethod
    def state(cls, item: Mapping[str, Any]) -> str | None:
        state = item.get("State")
        return state.lower() if isinstance(state, str) else None

    @classmethod
    def container(cls, item: Mapping[str, Any]) -> str | None:
        """The id of the VPC that the item is in."""
        return item.get("VpcId")

    @classmethod
    def refine(cls, live: Live, item: Mapping[str, Any]) -> Live:
        """What else the item says of the live object: that it is in use, or a default."""
        return live

    @property
    def scope(self) -> Scope:
        scope = owner(self.tags)[0]
        if scope is None:
            raise LookupError(f"{self.label} has no ownership tags")
        return scope

    def specifications(self) -> list[dict[str, Any]]:
        return [{"ResourceType": self.tag_type, "Tags": to_tags(self.tags)}]

    def made(self, item: Mapping[str, Any]) -> Live:
        """The live object that a create call answered."""
        return self.as_live({**item, "Tags": to_tags(self.tags)}, self.scope, frozenset())

    def retag(self, place: Any, live: Live, tags: Mapping[str, str]) -> None:
        place.client("ec2").create_tags(Resources=[live.id], Tags=to_tags(tags))

    def normalize(self, values: Mapping[str, Any]) -> Mapping[str, Any]:
        return {**values, "tags": managed_only(values.get("tags"), self.tags)}


def raise_refused(answer: Mapping[str, Any], unless: str = "") -> None:
    """Some calls answer their refusals as a success. ``unless`` is the code that does not matter."""
    for refused in (each["Error"] for each in answer.get("Unsuccessful", ())):
        if refused["Code"] != unless:
            raise PlatformError(f"{refused['Code']}: {refused['Message']}")
