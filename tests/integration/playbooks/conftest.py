# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The shipped playbooks as a user runs them, against an emulated AWS."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from rehearsal.aws.__main__ import environment
from tests.support.cloud import Cloud

ROOT = Path(__file__).resolve().parents[3]


@dataclass(frozen=True)
class Played:
    """What a run of ``ansible-playbook`` ended with: its code, and each host's last result of every task, by the task's name."""

    code: int
    tasks: dict[str, dict[str, Any]]
    text: str

    def result(self, task: str, host: str = "dev") -> dict[str, Any]:
        return dict(self.tasks[task][host])

    @property
    def network(self) -> dict[str, Any]:
        return self.result("Converge the network")


Play = Callable[..., Played]


@pytest.fixture
def play(cloud: Cloud) -> Play:
    """Run a playbook with the shipped inventories: ``play("site", "--check", environments=("dev", "test"))``."""

    def run(playbook: str, *arguments: str, environments: tuple[str, ...] = ("dev",), variables: dict[str, Any] | None = None) -> Played:
        inventories = [part for name in environments for part in ("-i", f"inventories/{name}")]
        extra = ["-e", json.dumps(variables)] if variables else []
        name = playbook if playbook.endswith(".yml") else f"fintech.platform.{playbook}"
        command = [str(Path(sys.executable).with_name("ansible-playbook")), *inventories, name, *arguments, *extra]
        settings = {
            **environment(cloud.url, "eu-central-1", None),
            "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"),
            "ANSIBLE_STDOUT_CALLBACK": "ansible.posix.json",
        }
        done = subprocess.run(command, cwd=ROOT, env={**os.environ, **settings}, capture_output=True, text=True, check=False)
        return _read(done)

    return run


def _read(done: subprocess.CompletedProcess[str]) -> Played:
    tasks: dict[str, dict[str, Any]] = {}
    start = done.stdout.find("{")
    report = json.JSONDecoder().raw_decode(done.stdout[start:])[0] if start >= 0 else {"plays": []}
    for played in report["plays"]:
        for task in played["tasks"]:
            name = task["task"]["name"].rpartition(" : ")[2]
            tasks.setdefault(name, {}).update(task["hosts"])
    return Played(done.returncode, tasks, done.stdout + done.stderr)
