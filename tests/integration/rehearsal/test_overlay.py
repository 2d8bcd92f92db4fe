# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A service that moto lacks, added by an overlay as its documentation says."""

from __future__ import annotations

import importlib.util
from pathlib import Path

from moto.ec2.models import EC2Backend, ec2_backends

from rehearsal.aws import registry

MODELS = """
from moto.core.base_backend import BackendDict, BaseBackend


class Backend(BaseBackend):
    def __init__(self, region_name, account_id):
        super().__init__(region_name, account_id)
        self.graphs = []


detective_backends = BackendDict(Backend, "detective")
"""
RESPONSES = """
from rehearsal.aws.answers import AwsError
from rehearsal.aws.overlay import OverlayResponse
from .models import detective_backends


def create(backend, asked):
    if backend.graphs:
        raise AwsError("ConflictException", "There is a graph already")
    backend.graphs.append(f"arn:aws:detective:{backend.region_name}:{backend.account_id}:graph:one")
    return {"GraphArn": backend.graphs[0]}


def list_graphs(backend, asked):
    return {"GraphList": [{"Arn": graph} for graph in backend.graphs]}


class Response(OverlayResponse):
    REPLACED = {"CreateGraph": create, "ListGraphs": list_graphs}

    def __init__(self):
        super().__init__(service_name="detective")
        self.automated_parameter_parsing = True

    @property
    def backend(self):
        return detective_backends[self.current_account][self.region]
"""
URLS = r"""
from .responses import Response

url_bases = [r"https?://detective\.(.+)\.amazonaws\.com"]
url_paths = {"{0}/.*$": Response.dispatch}
"""


def test_a_service_that_moto_lacks(tmp_path: Path, rehearsal, make_client, refused) -> None:
    assert importlib.util.find_spec("moto.detective") is None
    folder = tmp_path / "detective"
    folder.mkdir()
    for name, text in (("__init__", "from .models import detective_backends"), ("models", MODELS), ("responses", RESPONSES), ("urls", URLS)):
        (folder / f"{name}.py").write_text(text)
    registry.add("detective", str(tmp_path), r"https?://detective\.(.+)\.amazonaws\.com")
    detective = make_client("detective")
    arn = detective.create_graph()["GraphArn"]
    assert arn == "arn:aws:detective:eu-central-1:123456789012:graph:one"
    assert [graph["Arn"] for graph in detective.list_graphs()["GraphList"]] == [arn]
    with refused("ConflictException", "already"):
        detective.create_graph()
    with refused("NotImplemented", "detective:ListInvitations"):
        detective.list_invitations()
    rehearsal.reset()
    assert detective.list_graphs()["GraphList"] == []


def test_extending_twice_keeps_the_state(ec2, vpc) -> None:
    registry.extend("ec2", "rehearsal.aws.ec2")
    assert vpc in [found["VpcId"] for found in ec2.describe_vpcs()["Vpcs"]]
    assert issubclass(ec2_backends.backend, EC2Backend)
    assert ec2_backends.backend is not EC2Backend
