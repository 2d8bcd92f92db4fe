# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Some tasks as a user's playbook, run by ``ansible-playbook`` in a directory that may hold templates and files."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ansible
import yaml

ROOT = Path(__file__).resolve().parents[2]
HOST = {"hosts": "localhost", "connection": "local", "gather_facts": False}


@dataclass(frozen=True)
class Ran:
    """The exit code, all that was printed, and the result of each task."""

    code: int
    text: str
    results: list[dict[str, Any]]

    @property
    def result(self) -> dict[str, Any]:
        return self.results[-1]


def run_tasks(
    directory: Path, tasks: Sequence[Mapping[str, Any]], *arguments: str, environment: Mapping[str, str], variables: Mapping[str, Any] | None = None
) -> Ran:
    """``environment`` comes on top of the test's own, without what that says of Ansible and Kubernetes."""
    shared = {"ansible_python_interpreter": sys.executable, **(variables or {})}
    (directory / "play.yml").write_text(yaml.safe_dump([{**HOST, "vars": shared, "tasks": list(tasks)}]))
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("ANSIBLE_", "K8S_"))}
    paths = os.pathsep.join((str(ROOT / ".build/collections"), str(Path(ansible.__file__).parents[1])))
    settings = {"ANSIBLE_COLLECTIONS_PATH": paths, "ANSIBLE_STDOUT_CALLBACK": "ansible.posix.json", "ANSIBLE_NOCOLOR": "1"}
    command = [str(Path(sys.executable).with_name("ansible-playbook")), "-i", "localhost,", "play.yml", *arguments]
    done = subprocess.run(command, cwd=directory, env={**kept, **settings, **environment}, capture_output=True, text=True, check=False)
    report = json.JSONDecoder().raw_decode(done.stdout[done.stdout.index("{\n") :])[0]
    results = [task["hosts"]["localhost"] for task in report["plays"][0]["tasks"]]
    return Ran(done.returncode, done.stdout + done.stderr, results)
