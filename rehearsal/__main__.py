# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m rehearsal up | down`: the shipped playbooks and inventories against an emulated cloud on this machine."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from .aws.__main__ import environment
from .aws.client import Rehearsal, RehearsalError
from .aws.process import BackgroundRehearsal, ProcessError

ROOT = Path(__file__).resolve().parents[1]
REGION = "eu-central-1"
HUB = "hub"
OUTCOMES = ("created", "updated", "replaced", "deleted", "unchanged")


def main() -> int:
    """The exit code: 0, or 1 where the platform could not be built, or a second run changed something."""
    parser = argparse.ArgumentParser(prog="python -m rehearsal", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    for name, text in (("up", "build the hub and the environment, twice, and write a summary"), ("down", "stop and leave nothing behind")):
        command = commands.add_parser(name, help=text, description=text)
        command.add_argument("--environment", default="dev", help="a folder of inventories/ (default: %(default)s)")
    options = parser.parse_args()
    inventories = [ROOT / "inventories" / name for name in dict.fromkeys((HUB, options.environment))]
    if not (inventories[-1] / "hosts.yml").is_file():
        known = ", ".join(sorted(each.parent.name for each in (ROOT / "inventories").glob("*/hosts.yml")))
        parser.error(f"there is no inventory for {options.environment}; there are {known}")
    directory = ROOT / "build" / "rehearsal" / options.environment
    aws = BackgroundRehearsal(directory)
    try:
        return _up(options.environment, inventories, aws) if options.command == "up" else _down(aws)
    except (ProcessError, RehearsalError) as failure:
        print(failure, file=sys.stderr)
        return 1


def _down(aws: BackgroundRehearsal) -> int:
    stopped = aws.stop()
    (aws.directory / "summary.json").unlink(missing_ok=True)
    if aws.directory.is_dir() and not any(aws.directory.iterdir()):
        aws.directory.rmdir()
    print("The rehearsal is stopped." if stopped else "No rehearsal was running.")
    return 0


def _up(name: str, inventories: list[Path], aws: BackgroundRehearsal) -> int:
    print("Starting the emulated AWS ..." if aws.start() else "The emulated AWS runs already: what stands there is kept.", flush=True)
    url = aws.url()
    assert url is not None
    first = _play(inventories, aws, url)
    second = _play(inventories, aws, url) if first["ok"] else None
    if second is None or not second["ok"]:
        print(f"The playbook failed. The emulated AWS stays up at {url} to look at; make rehearse-down ENV={name} stops it.", file=sys.stderr)
        return 1
    changed = sum(second[outcome] for outcome in ("created", "updated", "replaced", "deleted"))
    summary = {
        "environment": name,
        "duration_seconds": first["duration_seconds"],
        "api_calls": first["api_calls"],
        **{outcome: first[outcome] for outcome in OUTCOMES},
        "second_run": {"api_calls": second["api_calls"], "changed": changed, "duration_seconds": second["duration_seconds"]},
        "endpoints": {"aws": url},
    }
    path = aws.directory / "summary.json"
    path.write_text(json.dumps(summary, indent=2) + "\n")
    _report(summary, first["kinds"], path)
    return 1 if changed else 0


def _play(inventories: list[Path], aws: BackgroundRehearsal, url: str) -> dict[str, Any]:
    """One run of the site playbook: whether it went well, how long it took, and what it called and did."""
    rehearsal, outcomes = Rehearsal(url), aws.directory / "outcomes.json"
    before, begun = rehearsal.marker(), time.monotonic()
    variables = {
        **environment(url, REGION, None),
        "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"),
        "ANSIBLE_CALLBACK_PLUGINS": str(ROOT / "rehearsal" / "callback"),
        "ANSIBLE_CALLBACKS_ENABLED": "outcomes",
        "REHEARSAL_OUTCOMES": str(outcomes),
    }
    sources = [part for each in inventories for part in ("-i", str(each.relative_to(ROOT)))]
    command = [str(Path(sys.executable).with_name("ansible-playbook")), *sources, "fintech.platform.site"]
    print("\n$ ansible-playbook", *command[1:], flush=True)
    done = subprocess.run(command, cwd=ROOT, env={**os.environ, **variables}, check=False)
    reported = json.loads(outcomes.read_text()) if outcomes.exists() else {"counts": {}, "kinds": {}}
    outcomes.unlink(missing_ok=True)
    return {
        "ok": done.returncode == 0,
        "duration_seconds": round(time.monotonic() - begun, 2),
        "api_calls": rehearsal.calls(since=before, log=False).total,
        **{outcome: reported["counts"].get(outcome, 0) for outcome in OUTCOMES},
        "kinds": reported["kinds"],
    }


def _report(summary: dict[str, Any], kinds: dict[str, int], path: Path) -> None:
    second, name = summary["second_run"], summary["environment"]
    print()
    for kind, count in sorted(kinds.items()):
        print(f"  {count:3d} {kind}")
    print(
        f"\n{name} stands: {summary['created']} objects created, {summary['updated']} configured, in {summary['duration_seconds']} s "
        f"and {summary['api_calls']} calls.\nA second run changed {second['changed']} and made {second['api_calls']} calls in "
        f"{second['duration_seconds']} s.\nSummary: {path.relative_to(ROOT)}\n\n"
        f'Look around:   eval "$(.venv/bin/python -m rehearsal.aws env --name {name})"\n'
        f"               .venv/bin/ansible-playbook -i inventories/{name} fintech.platform.site --check --diff\n"
        f"Take it away:  make rehearse-down{'' if name == 'dev' else f' ENV={name}'}"
    )


if __name__ == "__main__":
    sys.exit(main())
