# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The place of the fake cloud: what its errors mean, and its reads counted by purpose."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from ansible_collections.fintech.platform.plugins.module_utils._engine.errors import Advice
from ansible_collections.fintech.platform.plugins.module_utils._engine.resource import Live, Scope
from ansible_collections.fintech.platform.tests.unit.plugins.module_utils._engine import fake_cloud as cloud_
from ansible_collections.fintech.platform.tests.unit.plugins.module_utils._engine.fake_cloud import Cloud

SCOPE = Scope(platform="acme", environment="dev", stack="net")
ADVICE: Mapping[type[Exception], Advice] = {
    cloud_.Throttled: Advice.RETRY,
    cloud_.AnswerLost: Advice.REREAD,
    cloud_.ThereAlready: Advice.REREAD,
    cloud_.NotThere: Advice.GONE,
    cloud_.InUse: Advice.BLOCKED,
}


class FakePlace:
    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud
        self.purposes: Counter[str] = Counter()  # of reads
        self._purpose = threading.local()

    def advise(self, error: Exception) -> Advice:
        return ADVICE.get(type(error), Advice.FAIL)

    @contextmanager
    def purpose(self, name: str) -> Iterator[None]:
        self._purpose.name = name
        try:
            yield
        finally:
            self._purpose.name = "read"

    def describe(self, kind: Any, within: frozenset[str]) -> list[Live]:
        self.purposes[getattr(self._purpose, "name", "read")] += 1
        inside = within if kind.within else None
        found: list[Live] = self.cloud.call(
            f"Describe {kind.kind}", lambda: [kind.as_live(self.cloud, each) for each in self.cloud.describe(kind.kind, inside)]
        )
        return found
