# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One control plane with two nodes for a worker's tests, and a namespace for each."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from rehearsal.kubernetes.binary import binary
from rehearsal.kubernetes.control_plane import ControlPlane
from rehearsal.kubernetes.nodes import Capacity, NodeGroup
from rehearsal.kubernetes.toolchain import BuildError
from tests.support.manifest_sets import Cluster, namespace

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def kubeconfig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The administrator's, of a control plane that all tests share."""
    try:
        binary()
    except BuildError as problem:
        if os.environ.get("CI"):
            pytest.fail(str(problem), pytrace=False)
        pytest.skip(str(problem))
    plane = ControlPlane("manifests", tmp_path_factory.mktemp("manifests") / "plane")
    endpoint = plane.start()
    try:
        capacity = Capacity(cpu=2, memory=8192, pods=29)
        plane.scale(NodeGroup(name="general", zones=("eu-central-1a", "eu-central-1b"), instance_type="m7i.large", capacity=capacity), 2)
        yield endpoint.kubeconfig
    finally:
        plane.stop()


@pytest.fixture
def cluster(kubeconfig: Path) -> Cluster:
    """A namespace of the test's own; it stays, since Kubernetes takes ten seconds to remove one."""
    found = Cluster(kubeconfig, f"test-{next(_numbers)}")
    found.create(namespace(found.namespace))
    return found
