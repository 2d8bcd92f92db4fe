# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module returns the plan in check mode and without, and fails with everything that is wrong."""

from __future__ import annotations

import json

import pytest
import yaml
from ansible.module_utils.testing import patch_module_args

from ansible_collections.fintech.platform.plugins.modules import address_plan


@pytest.fixture
def run(capsys):
    """Run the module with ``options``; its exit code and result."""

    def call(check: bool = False, **options) -> tuple[int, dict]:
        with patch_module_args({**options, "_ansible_check_mode": check}), pytest.raises(SystemExit) as end:
            address_plan.main()
        return int(end.value.code or 0), json.loads(capsys.readouterr().out)

    return call


@pytest.fixture
def example() -> dict:
    return yaml.safe_load(address_plan.EXAMPLES)[0]["fintech.platform.address_plan"]


@pytest.mark.parametrize("check", [False, True])
def test_the_example_runs_and_changes_nothing(run, example, check):
    code, result = run(check, **example)
    assert (code, result["changed"]) == (0, False)
    production = result["addresses"]["environments"]["production"]
    assert production["subnets"]["pods-c"] == {"name": "pods-c", "cidr": "100.64.56.0/22", "tier": "pods", "zone": "c", "usable": 1019}


def test_the_table_is_for_people(run, example):
    _code, result = run(**{**example, "environments": example["environments"][:1], "zones": example["zones"][:2]})
    assert result["table"] == [
        "ENVIRONMENT  SLOT  RANGE        CIDR             USABLE",
        "dev          0     environment  10.64.0.0/23",
        "dev          0     pods         100.64.0.0/20",
        "dev          0     workload-a   10.64.0.0/25     123",
        "dev          0     workload-b   10.64.0.128/25   123",
        "dev          0     edge-a       10.64.1.128/27   27",
        "dev          0     edge-b       10.64.1.160/27   27",
        "dev          0     pods-a       100.64.0.0/22    1019",
        "dev          0     pods-b       100.64.4.0/22    1019",
        "dev          0     transit-a    100.64.12.0/28   11",
        "dev          0     transit-b    100.64.12.16/28  11",
        "dev          0     edge spare   10.64.1.224/27",
    ]


def test_it_fails_with_every_problem(run, example):
    code, result = run(**{**example, "environments": [{"name": "Dev", "slot": 0}, {"name": "qa", "slot": 0}]})
    assert code == 1
    assert [problem.split(":")[0] for problem in result["problems"]] == ["platform_environments", "platform_environments, environment qa"]
    assert result["msg"] == "\n".join(result["problems"])


def test_it_names_the_library_that_is_missing(run, example, monkeypatch):
    monkeypatch.setattr(address_plan, "NETADDR_IMPORT_ERROR", "Traceback ...")
    code, result = run(**example)
    assert code == 1
    assert "Failed to import the required Python library (netaddr)" in result["msg"]
