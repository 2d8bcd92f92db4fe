# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Secret that somebody else keeps in Secrets Manager: in the hub's account: known by its version, read when needed, never owned."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from ..._engine.errors import PlatformError
from ..._engine.resource import Live, Resource, Scope

CURRENT = "AWSCURRENT"


@dataclass(kw_only=True, eq=False)
class ExistingSecret(Resource):
    """``name`` is its name or ARN. Its id here is the id of its current version: with a new version what refers to it differs."""

    kind = "existing_secret"

    @property
    def adopted(self) -> bool:
        return True

    @classmethod
    def read(cls, place: Any, scope: Scope, within: frozenset[str]) -> Iterable[Live]:
        for item in place.hub.pages("secretsmanager", "list_secrets", "SecretList"):
            current = [version for version, stages in item.get("SecretVersionsToStages", {}).items() if CURRENT in stages]
            for name in (item["Name"], item["ARN"]) if current else ():
                yield Live(id=current[0], name=name, scope=scope, default=True, detail=item["ARN"])

    @classmethod
    def check(cls, place: Any, changes: list[Any]) -> list[str]:
        return [_missing(change.name, place) for change in changes if change.live is None]

    def create(self, place: Any) -> Live:
        raise PlatformError(_missing(self.name, place))

    def value(self, place: Any) -> str:
        """The value of the version that was planned with. To be used at once, and kept nowhere."""
        if self.live is None:
            raise LookupError(f"{self.label} does not exist")
        secrets = place.hub.client("secretsmanager")
        return secrets.get_secret_value(SecretId=self.live.detail, VersionId=self.live.id)["SecretString"]


def _missing(name: str, place: Any) -> str:
    hub = place.hub
    return f"Account {hub.account_id} has no secret {name} with a current version in {hub.region}. Make it, or correct its name in platform_sites."
