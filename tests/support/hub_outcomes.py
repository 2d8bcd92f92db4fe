# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Short words for what runs of any stack did."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from ansible_collections.fintech.platform.plugins.module_utils._engine.errors import PlanError

from .cloud import name_of
from .network import Network, Outcome


def shown(outcome: Outcome) -> list[str]:
    """The changes that a run shows: ``update kind.name field field``, or another action without fields."""
    told = outcome.told
    return sorted(f"{action} {label} {' '.join(sorted(names)) if action == 'update' else ''}".rstrip() for action, label, names in told)


def labels(outcome: Outcome) -> set[str]:
    return {f"{action} {label}" for action, label, _fields in outcome.told}


def orphans(outcome: Outcome) -> set[str]:
    return {f"{each['kind']}.{each['name']}" for each in outcome["orphans"]}


def undeclared(outcome: Outcome) -> set[str]:
    """The changing calls that none of the changes shown declares."""
    kinds = {kind.kind: kind for kind in outcome.run.stack.kinds}
    parts = {"create": ("create",), "replace": ("create", "delete"), "delete": ("delete",), "update": ()}
    declared = {
        call
        for change in outcome["changes"]
        for part in (*parts[change["action"]], *(() if change["action"] == "delete" else change["fields"]))
        for call in kinds[change["kind"]].calls.get(part, ())
    }
    return {name_of(call) for call in outcome.changing} - declared


def nothing_to_do(networks: Iterable[Network]) -> None:
    for outcome in [each.run() for each in networks]:
        assert (outcome["changes"], outcome.changing, outcome.result.get("pending") or []) == ([], [], [])


def refused(network: Network, **options: object) -> str:
    """The message of a run that is refused and changes nothing."""
    with network.cloud.recorded() as recording, pytest.raises(PlanError) as refusal:
        network.run(**options)  # type: ignore[arg-type]
    assert [call["action"] for call in recording.calls if call["mutating"]] == []
    return str(refusal.value)
