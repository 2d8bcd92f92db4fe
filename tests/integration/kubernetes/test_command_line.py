# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m rehearsal.kubernetes`: a control plane for people."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from rehearsal.kubernetes.__main__ import main
from rehearsal.kubernetes.control_plane import ControlPlane
from tests.support.kubernetes import processes

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def run(program, tmp_path):
    """Runs the command line in a directory of its own; what runs there is stopped at the end."""

    def command(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "rehearsal.kubernetes", *arguments],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    yield command
    for directory in tmp_path.glob("build/rehearsal/*/clusters/*"):
        ControlPlane(directory.name, directory).stop()


@pytest.mark.slow
def test_from_start_to_stop(run, tmp_path, eventually) -> None:
    started = run("start", "one", "--nodes", "2", ENV="dev")
    assert started.returncode == 0, started.stderr
    directory = tmp_path / "build" / "rehearsal" / "dev" / "clusters" / "one"
    assert started.stdout == f"{directory}/kubeconfig/admin\n"
    assert "with 2 nodes after" in started.stderr

    again = run("start", "one", ENV="dev")
    assert (again.returncode, again.stderr) == (1, f"A control plane runs already in {directory}\n")

    status = run("status", ENV="dev")
    assert status.returncode == 0
    assert "Kubernetes one at https://127.0.0.1:" in status.stdout
    assert " is ready: " in status.stdout
    assert [line.split()[-1] for line in status.stdout.splitlines()[1:]] == [
        "supervisor", "etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kwok"
    ]  # fmt: skip

    nodes = run("kubectl", "get", "nodes", "-o", "name", ENV="dev")
    assert nodes.stdout.split() == ["node/general-0", "node/general-1"]
    assert run("kubectl", "--name", "another", "--", "get", "nodes", ENV="dev").returncode == 3
    assert run("kubectl", "--", "get", "nonsense", ENV="dev").returncode == 1

    assert run("kubectl", "create", "deployment", "web", "--image=registry.test/app:1", ENV="dev").returncode == 0
    assert run("kubectl", "rollout", "status", "deployment/web", "--timeout=20s", ENV="dev").returncode == 0
    for command in (("logs", "deployment/web"), ("exec", "deployment/web", "--", "true")):
        refused = run("kubectl", *command, ENV="dev")
        assert refused.returncode == 1
        assert "simulated node without a kubelet: there are no logs, exec, attach or port-forward" in refused.stderr

    os.kill(int((directory / "pid").read_text()), signal.SIGKILL)
    while processes(directory):
        time.sleep(0.02)
    killed = run("status", ENV="dev")
    assert (killed.returncode, killed.stdout) == (3, f"Kubernetes one does not run; its logs are in {directory.relative_to(tmp_path)}/log\n")

    assert run("start", "one", "--nodes", "0", ENV="dev").returncode == 0
    stopped = run("stop", "one", ENV="dev")
    assert (stopped.returncode, stopped.stdout) == (0, "Kubernetes one stopped\n")
    assert not directory.exists()
    assert not processes(directory)
    assert run("stop", "one", ENV="dev").stdout == "Kubernetes one was not running\n"


def test_where_nothing_runs_the_exit_code_says_so(tmp_path, capsys) -> None:
    for command in (["status"], ["kubectl", "get", "nodes"]):
        assert main([command[0], "--state", str(tmp_path), *command[1:]]) == 3
        assert f"no Kubernetes runs in {tmp_path}; start one with `start NAME`" in capsys.readouterr().err


def test_which_one_has_to_be_said_where_several_run(plane, capsys) -> None:
    beside = plane.directory.with_name("twin")
    beside.symlink_to(plane.directory)
    try:
        assert main(["kubectl", "--state", str(plane.directory.parent), "get", "nodes"]) == 1
        assert "Several run in" in (told := capsys.readouterr().err)
        assert "shared, twin; say which by --name" in told
    finally:
        beside.unlink()


def test_build_prints_the_cached_binary(program, capsys) -> None:
    assert main(["build"]) == 0
    assert capsys.readouterr().out == f"{program}\n"
