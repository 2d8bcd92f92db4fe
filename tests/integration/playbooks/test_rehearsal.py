# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``make rehearse`` and ``make rehearse-down``, by the commands that they call."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
DIRECTORY = ROOT / "build" / "rehearsal" / "test"

pytestmark = [pytest.mark.emulator, pytest.mark.slow]


def rehearsal(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "rehearsal", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.fixture
def stopped() -> Iterator[None]:
    """The environment ``test`` is rehearsed, so that a developer's own rehearsal of ``dev`` stays as it is."""
    rehearsal("down", "--environment", "test")
    yield
    rehearsal("down", "--environment", "test")


@pytest.mark.usefixtures("stopped")
def test_a_rehearsal_builds_the_environment_sums_it_up_and_leaves_nothing_behind() -> None:
    up = rehearsal("up", "--environment", "test")
    assert up.returncode == 0, up.stdout + up.stderr
    assert "workload-a     10.64.2.0/25" in up.stdout
    assert "1 vpc" in up.stdout
    assert "12 subnet" in up.stdout
    summary = json.loads((DIRECTORY / "summary.json").read_text())
    assert list(summary) == [
        "environment", "duration_seconds", "api_calls", "created", "updated", "replaced", "deleted", "unchanged", "second_run", "endpoints",
    ]  # fmt: skip
    assert summary["environment"] == "test"
    assert summary["created"] > 40
    assert summary["deleted"] == 0
    assert summary["second_run"]["changed"] == 0
    assert 0 < summary["second_run"]["api_calls"] < summary["api_calls"] / 2

    down = rehearsal("down", "--environment", "test")
    assert down.returncode == 0
    assert not DIRECTORY.exists()
    again = rehearsal("down", "--environment", "test")
    assert again.returncode == 0
    assert "No rehearsal was running" in again.stdout


def test_an_unknown_environment_is_refused_with_those_that_exist() -> None:
    refused = rehearsal("up", "--environment", "prod")
    assert refused.returncode != 0
    assert "no inventory for prod; there are dev, hub, production, staging, test" in refused.stderr
