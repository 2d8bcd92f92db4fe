# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One control plane with two nodes for a worker's tests, a namespace for each; skipped, under CI failed, where it cannot be built."""

from __future__ import annotations

import contextlib
import itertools
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from rehearsal.kubernetes.binary import binary
from rehearsal.kubernetes.control_plane import ControlPlane
from rehearsal.kubernetes.nodes import Capacity, NodeGroup
from rehearsal.kubernetes.toolchain import BuildError
from tests.support.kubernetes import client, config

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def program() -> Path:
    """The binary, built now if nobody has built it before."""
    try:
        return binary()
    except BuildError as problem:
        if os.environ.get("CI"):
            pytest.fail(str(problem), pytrace=False)
        pytest.skip(str(problem))


@pytest.fixture(scope="session")
def group() -> NodeGroup:
    return NodeGroup(
        name="general", zones=("eu-central-1a", "eu-central-1b"), instance_type="m7i.large", capacity=Capacity(cpu=2, memory=8192, pods=29)
    )


@pytest.fixture(scope="session")
def plane(program: Path, group: NodeGroup, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ControlPlane]:
    """A control plane with two nodes, shared: what a test leaves in its namespace stays."""
    running = ControlPlane("shared", tmp_path_factory.mktemp("kubernetes") / "shared")
    running.start()
    try:
        running.scale(group, 2)
        yield running
    finally:
        running.stop()


@pytest.fixture(scope="session")
def kube(plane: ControlPlane) -> Any:
    """The official client, as the administrator."""
    endpoint = plane.endpoint()
    assert endpoint
    return config.new_client_from_config(str(endpoint.kubeconfig))


@pytest.fixture
def namespace(kube: Any) -> Iterator[str]:
    """A namespace of the test's own. Nobody waits until it is gone: that takes Kubernetes ten seconds."""
    core, name = client.CoreV1Api(kube), f"test-{next(_numbers)}"
    core.create_namespace({"metadata": {"name": name}})
    yield name
    core.delete_namespace(name)


@pytest.fixture
def eventually() -> Callable[..., Any]:
    """Calls something until it gives a truth, and gives that; 404 counts as not yet."""

    def attempt(condition: Callable[[], Any], seconds: float = 15.0) -> Any:
        deadline = time.monotonic() + seconds
        while True:
            found = None
            with contextlib.suppress(client.ApiException):
                found = condition()
            if found:
                return found
            assert time.monotonic() < deadline, f"not within {seconds} s"
            time.sleep(0.05)

    return attempt
