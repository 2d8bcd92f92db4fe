# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A set of manifests in an EKS cluster that is known by its name alone: its API is a real one, which EKS's tokens are checked by."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.fintech.platform.plugins.module_utils._engine.errors import PlanError
from ansible_collections.fintech.platform.plugins.module_utils._kubernetes.apply_set import ApplySet
from ansible_collections.fintech.platform.plugins.module_utils._kubernetes.connection import ClusterPlanned, connect
from ansible_collections.fintech.platform.plugins.module_utils._kubernetes.errors import Refused
from ansible_collections.fintech.platform.plugins.module_utils._kubernetes.manifest import documents_of, read_manifests
from ansible_collections.fintech.platform.plugins.module_utils._kubernetes.manifest_set import converge
from ansible_collections.fintech.platform.plugins.module_utils._kubernetes.member import Options
from rehearsal.aws.__main__ import environment
from rehearsal.aws.client import SECRET
from rehearsal.aws.eks.control_planes import CONTROL_PLANES
from rehearsal.aws.eks.real import real
from tests.support.cloud import ACCOUNT, REGION, Cloud
from tests.support.manifest_sets import config_map
from tests.support.plays import run_tasks

# A cluster's tokens are judged by the emulated AWS: at the end of a whole run, in a process that had served many before, a token was refused twice.
pytestmark = [pytest.mark.emulator, pytest.mark.slow, pytest.mark.alone]
TRUST = {"Statement": [{"Effect": "Allow", "Principal": {"Service": "eks.amazonaws.com"}, "Action": "sts:AssumeRole"}]}


def make_cluster(cloud: Cloud) -> None:
    vpc = cloud.ec2.create_vpc(CidrBlock="10.64.0.0/23")["Vpc"]["VpcId"]
    subnets = [
        cloud.ec2.create_subnet(VpcId=vpc, CidrBlock=cidr, AvailabilityZoneId=zone)["Subnet"]["SubnetId"]
        for cidr, zone in (("10.64.0.0/25", "euc1-az1"), ("10.64.0.128/25", "euc1-az2"))
    ]
    role = cloud.iam.create_role(RoleName="cluster", AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", **TRUST}))["Role"]["Arn"]
    access = {"authenticationMode": "API", "bootstrapClusterCreatorAdminPermissions": True}
    network = {"subnetIds": subnets, "endpointPublicAccess": False, "endpointPrivateAccess": True}
    cloud.eks.create_cluster(name="dev", roleArn=role, resourcesVpcConfig=network, accessConfig=access)


@pytest.fixture
def eks(cloud: Cloud, kubeconfig: Path, tmp_path: Path) -> Iterator[Cloud]:
    """An AWS with a cluster that answers. ``kubeconfig`` is asked for since it skips where no control plane can be built."""
    CONTROL_PLANES.maker = real(tmp_path / "planes")
    (tmp_path / "planes").mkdir()
    try:
        make_cluster(cloud)
        deadline = time.monotonic() + 60
        while cloud.eks.describe_cluster(name="dev")["cluster"]["status"] == "CREATING":
            assert time.monotonic() < deadline
            time.sleep(0.1)
        yield cloud
    finally:
        CONTROL_PLANES.maker = None
        cloud.control.reset()


def aws(cloud: Cloud, secret: str = SECRET) -> Any:
    """What AnsibleAWSModule.client is."""

    def open_client(service: str, endpoint: str | None = None, **options: Any) -> Any:
        keys = {"aws_access_key_id": ACCOUNT, "aws_secret_access_key": secret}
        return cloud._session.client(service, endpoint_url=endpoint or cloud.url, region_name=REGION, **keys, **options)

    return open_client


def test_cluster_by_its_name(eks: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One control plane for all of it, since each takes seconds to start."""
    manifests = read_manifests(documents_of([config_map("settings", namespace="default")]))
    set_ = ApplySet(name="shop", namespace="default")
    api = connect({"cluster": "dev"}, aws(eks), REGION)
    assert converge(api, set_, manifests, Options())["counts"]["created"] == 1
    assert converge(connect({"cluster": "dev"}, aws(eks), REGION), set_, manifests, Options())["changes"] == []

    with pytest.raises(Refused, match="its IAM principal needs an access entry in the cluster"):
        converge(connect({"cluster": "dev"}, aws(eks, "guessed"), REGION), set_, manifests, Options())

    # What a token is worth after its time. A run signs anew before that.
    now = time.monotonic
    monkeypatch.setattr(time, "monotonic", lambda: now() + 601)
    old = api.configuration.api_key["authorization"]
    time.sleep(1.1)  # a signature has the time in seconds
    assert converge(api, set_, manifests, Options())["changes"] == []
    assert api.configuration.api_key["authorization"] != old
    monkeypatch.undo()

    _module_and_lookup(eks, tmp_path)


def _module_and_lookup(eks: Cloud, directory: Path) -> None:
    """As a playbook uses them, without a kubeconfig."""
    cluster = eks.eks.describe_cluster(name="dev")["cluster"]
    (directory / "ca.pem").write_bytes(base64.b64decode(cluster["certificateAuthority"]["data"]))
    token = {"host": cluster["endpoint"], "api_key": "{{ lookup('fintech.platform.eks_token', 'dev') }}", "ca_cert": str(directory / "ca.pem")}
    settings = {"name": "shop", "set_namespace": "default", "definitions": [config_map("settings", namespace="default")]}
    tasks = [
        {"fintech.platform.manifest_set": {**settings, **options}, "ignore_errors": True}
        for options in ({"cluster": "dev", "account_id": ACCOUNT}, {"cluster": "dev", "account_id": "999999999999"}, token)
    ]
    ran = run_tasks(directory, tasks, environment=environment(eks.url, REGION, ACCOUNT))
    named, foreign, looked_up = ran.results
    assert named["counts"] == {"created": 0, "updated": 0, "replaced": 0, "deleted": 0, "unchanged": 1}
    assert looked_up["counts"] == named["counts"]
    assert "but the inventory names platform_account_id 999999999999" in foreign["msg"]


def test_cluster_that_is_not_there(cloud: Cloud) -> None:
    with pytest.raises(ClusterPlanned, match=r"There is no EKS cluster dev in eu-central-1\. Build it first: fintech\.platform\.cluster\."):
        connect({"cluster": "dev"}, aws(cloud), REGION)
    with pytest.raises(PlanError, match="No region was given"):
        connect({"cluster": "dev"}, aws(cloud), None)


def test_private_endpoint_from_outside_says_how_to_get_there(cloud: Cloud) -> None:
    """Without a control plane behind it, an emulated endpoint is a name that nobody has."""
    make_cluster(cloud)
    api = connect({"cluster": "dev"}, aws(cloud), REGION)
    with pytest.raises(Exception, match="cannot be reached") as failed:
        api.types()
    vpc = cloud.eks.describe_cluster(name="dev")["cluster"]["resourcesVpcConfig"]["vpcId"]
    assert str(failed.value).endswith(
        f"The endpoint of dev is private: it answers inside {vpc} only, and to networks that platform_access admits to the tier cluster_api. "
        "Run Ansible there, or bring up the VPN between."
    )
