# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The one binary of etcd, Kubernetes' control plane, kwok and kubectl: built once from Go modules, cached by its content."""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .toolchain import SOURCES, BuildError, Toolchain, environment, fetch, find

_REPORT_SECONDS = 10.0


def version() -> str:
    """Kubernetes' version as go.mod has it: `v1.35.4`."""
    return re.search(r"^require k8s\.io/kubernetes (v\S+)$", (SOURCES / "go.mod").read_text(), re.MULTILINE)[1]  # type: ignore[index]


def binary() -> Path:
    """The cached binary; the first call on a machine builds it (minutes) and tells on stderr how far it is. One process builds at a
    time, others wait for it. Raises BuildError."""
    path = cached()
    if not path.exists():
        with _only_builder(path.parent):
            if not path.exists():
                _build(find(), path)
    return path


def cached() -> Path:
    """Where the binary of these sources, flags and Go is, or will be: `control-plane-<hash>` in the user's cache."""
    content = hashlib.sha256()
    for name in ("go.mod", "go.sum", "main.go"):
        content.update((SOURCES / name).read_bytes())
    content.update(repr((_flags(), find().version)).encode())
    return _cache() / f"control-plane-{content.hexdigest()[:16]}"


def _cache() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "fintech.platform" / "kubernetes"


def _flags() -> list[str]:
    package, release = "k8s.io/component-base/version", version()
    major, minor = release.removeprefix("v").split(".")[:2]
    stamps = {"gitVersion": release, "gitMajor": major, "gitMinor": minor, "gitTreeState": "clean"}
    linker = " ".join(["-s", "-w", *(f"-X {package}.{name}={value}" for name, value in stamps.items())])
    return ["-trimpath", "-gcflags=all=-dwarf=false", "-ldflags", linker]


@contextmanager
def _only_builder(cache: Path) -> Iterator[None]:
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            _tell("Another process builds the control plane; waiting for it.")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _build(toolchain: Toolchain, path: Path) -> None:
    go = toolchain.program or fetch(path.parent)
    _tell(f"Building Kubernetes {version()} with {toolchain.version}: four to eight minutes on two cores, once. Modules are downloaded first.")
    total = len(_run([go, "list", "-deps", "."]).splitlines())
    pending = path.with_suffix(".new")
    begun = time.monotonic()
    try:
        _compile([go, "build", "-v", *_flags(), "-o", pending, "."], total)
        pending.rename(path)
    finally:
        pending.unlink(missing_ok=True)
    _tell(f"Built {path} in {time.monotonic() - begun:.0f} s, {path.stat().st_size / 2**20:.0f} MiB.")


def _compile(command: list[str | Path], total: int) -> None:
    """Run the build, which names every package that it has to compile on stderr."""
    process = subprocess.Popen(command, cwd=SOURCES, env=environment(), stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    done, other, told = 0, [], time.monotonic()
    for line in process.stderr:
        if re.fullmatch(r"[\w.~/-]+\n", line):
            done += 1
        else:
            other.append(line)
        if time.monotonic() - told > _REPORT_SECONDS:
            told = time.monotonic()
            _tell(f"  {done} of at most {total} packages compiled")
    if process.wait():
        raise BuildError("The control plane does not build:\n" + "".join(other[-20:]))


def _run(command: list[str | Path]) -> str:
    done = subprocess.run(command, cwd=SOURCES, env=environment(), capture_output=True, text=True, check=False)
    if done.returncode:
        raise BuildError(
            f"`{' '.join(map(str, command))}` failed:\n{done.stderr.strip()[-2000:]}\nThe Go modules come from GOPROXY (`go env GOPROXY`); it must answer."
        )
    return done.stdout


def _tell(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
