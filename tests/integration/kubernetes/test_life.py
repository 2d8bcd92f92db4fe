# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A control plane's life: how it starts, who ends it, and that nothing of it is left."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from rehearsal.kubernetes.control_plane import ControlPlane, ControlPlaneError
from tests.support.kubernetes import client, config, processes

ROOT = Path(__file__).resolve().parents[3]
READY_SECONDS = 10
MEMORY_MIB = 425


@pytest.fixture
def plane_in(program, tmp_path):
    """Control planes by name, each in a directory of its own; all are stopped at the end."""
    made = []

    def make(name: str, **settings) -> ControlPlane:
        made.append(ControlPlane(name, tmp_path / name, **settings))
        return made[-1]

    yield make
    for plane in made:
        plane.stop()


@pytest.fixture
def parent(program, tmp_path):
    """A process that starts a control plane in `tmp_path/child`, says when it is up and then does nothing."""

    def begin(attached: bool) -> subprocess.Popen[str]:
        script = (
            "import sys, time; from pathlib import Path; from rehearsal.kubernetes.control_plane import ControlPlane\n"
            f"ControlPlane('child', Path(sys.argv[1])).start(attached={attached}); print('up', flush=True); time.sleep(600)"
        )
        command = [sys.executable, "-c", script, str(tmp_path / "child")]
        return subprocess.Popen(command, env={**os.environ, "PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE, text=True)

    yield begin
    ControlPlane("child", tmp_path / "child").stop()


def gone(directory: Path, seconds: float = 10) -> bool:
    """Whether, in time, neither the directory nor a process in it is there."""
    deadline = time.monotonic() + seconds
    while directory.exists() or processes(directory):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def test_it_is_ready_in_time_and_leaves_nothing(plane_in) -> None:
    plane = plane_in("one")
    begun = time.monotonic()
    endpoint = plane.start()
    assert time.monotonic() - begun < READY_SECONDS
    assert plane.ready()
    version = client.VersionApi(config.new_client_from_config(str(endpoint.kubeconfig))).get_code()
    assert version.git_version == "v1.35.4"
    assert len(processes(plane.directory)) == len(plane.memory()) == 6
    assert sum(plane.memory().values()) < MEMORY_MIB

    with pytest.raises(ControlPlaneError, match="runs already"):
        ControlPlane("one", plane.directory).start()
    assert plane.ready()

    assert plane.stop() is True
    assert gone(plane.directory, seconds=0)
    assert (plane.ready(), plane.endpoint(), plane.stop()) == (False, None, False)


def test_two_side_by_side_share_nothing(plane_in) -> None:
    first, second = plane_in("first"), plane_in("second")
    starts = [threading.Thread(target=plane.start) for plane in (first, second)]
    for start in starts:
        start.start()
    for start in starts:
        start.join()
    assert first.endpoint().url != second.endpoint().url
    first.api().apply("/api/v1/namespaces/only-here", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "only-here"}})
    names = [each["metadata"]["name"] for each in second.api().get("/api/v1/namespaces")["items"]]
    assert "default" in names
    assert "only-here" not in names
    first.stop()
    assert second.ready()


def test_it_ends_with_a_killed_parent(parent, tmp_path) -> None:
    process = parent(attached=True)
    assert process.stdout.readline() == "up\n"
    assert len(processes(tmp_path / "child")) == 6
    process.kill()
    process.wait()
    assert gone(tmp_path / "child")


def test_a_detached_one_outlives_its_parent_and_is_stopped_by_another_process(parent, tmp_path) -> None:
    process = parent(attached=False)
    assert process.stdout.readline() == "up\n"
    process.kill()
    process.wait()
    plane = ControlPlane("child", tmp_path / "child")
    assert plane.ready()
    assert plane.stop() is True
    assert gone(plane.directory, seconds=0)


def test_a_killed_supervisor_takes_its_components_along_and_the_next_start_clears_up(plane_in) -> None:
    plane = plane_in("orphan")
    before = plane.start().url
    os.kill(int((plane.directory / "pid").read_text()), signal.SIGKILL)
    deadline = time.monotonic() + 5
    while processes(plane.directory) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not processes(plane.directory)
    assert not plane.ready()
    assert (plane.directory / "etcd").exists()
    assert plane.start().url != before
    assert plane.ready()


def test_a_component_that_ends_ends_the_others(plane_in) -> None:
    plane = plane_in("broken")
    plane.start()
    etcd = next(pid for pid in processes(plane.directory) if b"--data-dir" in Path(f"/proc/{pid}/cmdline").read_bytes())
    os.kill(etcd, signal.SIGKILL)
    deadline = time.monotonic() + 10
    while plane.endpoint() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert plane.endpoint() is None
    assert "etcd ended with -9" in (plane.directory / "log" / "supervisor").read_text()
    assert not processes(plane.directory)


def test_a_half_started_one_is_stopped(plane_in) -> None:
    plane = plane_in("half")
    failures = []

    def start() -> None:
        try:
            plane.start()
        except ControlPlaneError as failure:
            failures.append(failure)

    starting = threading.Thread(target=start)
    starting.start()
    while len(processes(plane.directory)) < 3:
        assert starting.is_alive()
        time.sleep(0.01)
    assert not (plane.directory / "ready").exists()
    assert plane.stop() is True
    starting.join()
    assert failures
    assert gone(plane.directory, seconds=0)


def test_a_failed_start_tells_the_cause_and_leaves_nothing(plane_in) -> None:
    plane = plane_in("wrong", issuer_url="not an issuer")
    with pytest.raises(ControlPlaneError, match=r"(?s)The control plane wrong does not come up:.*kube-apiserver ended with 1.*requires https scheme"):
        plane.start()
    assert gone(plane.directory, seconds=0)


def test_what_is_no_control_planes_is_never_killed(plane_in) -> None:
    plane = plane_in("stale")
    plane.directory.mkdir()
    bystander = subprocess.Popen(["sleep", "60"], start_new_session=True)
    try:
        (plane.directory / "pid").write_text(str(bystander.pid))
        assert plane.stop() is False
        assert bystander.poll() is None
    finally:
        bystander.kill()
        bystander.wait()
    assert not plane.directory.exists()
