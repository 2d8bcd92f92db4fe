# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The shipped role as a user runs it: a table, a picture, and a failure that says what is wrong."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.integration.playbooks.conftest import Play, play
from tests.support.cloud import Cloud

__all__ = ["play"]
pytestmark = [pytest.mark.emulator, pytest.mark.slow]
TASK, TABLE = "Compare what is possible with what is declared", "Show who can reach what"


def test_the_proof_of_what_was_just_built(play: Play, cloud: Cloud, tmp_path: Path) -> None:
    assert play("hub", environments=("hub",)).code == 0
    assert play("network").code == 0
    picture = tmp_path / "dev.svg"
    asked = {"reachability_picture": str(picture)}

    shown = play("reachability", "--check", variables=asked)
    assert shown.code == 0, shown.text
    assert shown.result(TASK)["changed"]
    assert not picture.exists()

    proven = play("reachability", variables=asked)
    assert proven.code == 0, proven.text
    found = proven.result(TASK)
    assert (found["missing"], found["excess"], [each["holds"] for each in found["proofs"]]) == ([], [], [True] * 5)
    assert proven.result(TABLE)["msg"][-1] == f"{len(found['equal'])} equal, 0 missing, 0 excess"
    assert ElementTree.parse(picture).getroot().tag == "{http://www.w3.org/2000/svg}svg"
    assert not play("reachability", variables=asked).result(TASK)["changed"]

    group = next(each for each in cloud.all("security_group") if each["GroupName"] == "acme-dev-cluster_api")
    opened = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "10.64.0.0/23"}]}
    cloud.ec2.authorize_security_group_ingress(GroupId=group["GroupId"], IpPermissions=[opened])
    nodes = next(each for each in cloud.all("security_group") if each["GroupName"] == "acme-dev-nodes")
    cloud.ec2.authorize_security_group_egress(GroupId=nodes["GroupId"], IpPermissions=[opened])
    failed = play("reachability", variables=asked)
    assert failed.code == 2
    assert "not declared, but possible: dev.nodes -> dev.cluster_api tcp 22" in failed.result(TASK)["msg"]
    assert ["excess", "dev.nodes", "dev.cluster_api", "tcp", "22"] in [line.split() for line in failed.result(TABLE)["msg"]]
    assert "+ tcp 22" in picture.read_text(encoding="utf-8")
    assert play("reachability", variables={"reachability_fail_on": "never"}).code == 0
