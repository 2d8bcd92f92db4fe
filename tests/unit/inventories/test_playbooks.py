# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What every playbook promises: it validates first, whatever tags are asked for, and takes the hosts it is given."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[3]
PLAYS: list[tuple[str, dict[str, Any]]] = [
    (path.stem, play) for path in sorted((ROOT / "playbooks").glob("*.yml")) for play in yaml.safe_load(path.read_text(encoding="utf-8"))
]
RUNNING = [(name, play) for name, play in PLAYS if "hosts" in play]


@pytest.mark.parametrize(("name", "play"), RUNNING)
def test_hosts_can_be_chosen(name: str, play: dict[str, Any]) -> None:
    """Whatever the inventory lacks is left out, without a warning about a pattern that matches nothing."""
    chosen = {"platform_hosts": "environments", "platform_hubs": "hubs"}
    assert play["hosts"] in {f"{{{{ {variable} | default(groups['{group}'] | default([])) }}}}" for variable, group in chosen.items()}
    assert play["gather_facts"] is False


@pytest.mark.parametrize(("name", "play"), [(name, play) for name, play in RUNNING if "ansible.builtin.import_role" in str(play)])
def test_validates_before_any_role(name: str, play: dict[str, Any]) -> None:
    first = play["tasks"][0]
    assert "fintech.platform.validate_inventory" in first
    assert first["tags"] == ["always"]


def test_playbooks_import_each_other_by_their_full_names() -> None:
    imported = {play["ansible.builtin.import_playbook"] for _name, play in PLAYS if "hosts" not in play}
    assert imported <= {f"fintech.platform.{name}" for name, _play in PLAYS}


def test_drift_changes_nothing() -> None:
    roles = [task for name, play in RUNNING if name == "drift" for task in play["tasks"] if "ansible.builtin.import_role" in task]
    assert roles
    assert all(task["check_mode"] is True for task in roles)
