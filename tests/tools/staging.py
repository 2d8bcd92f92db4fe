# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A copy of the checkout where ansible-test and ansible-galaxy accept it.

ansible-test resolves links, so the link in .build/collections is no collection to it; and in a folder that git ignores
it skips every file, so the copy is a git repository of its own.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sysconfig
from collections.abc import Iterable
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / ".build"
INSTALLED = Path(sysconfig.get_path("purelib")) / "ansible_collections"


def project_files() -> list[Path]:
    """What git tracks or would add, relative to the root and sorted; a deleted file is left out."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    paths = sorted({Path(name) for name in listed.split("\0") if name})
    return [path for path in paths if os.path.lexists(ROOT / path)]


def digest(files: Iterable[Path], *more: str) -> str:
    """A SHA-256 in hex of the files' names, modes and contents, and of `more`."""
    total = hashlib.sha256("\0".join(more).encode())
    for path in files:
        source = ROOT / path
        content = os.readlink(source).encode() if source.is_symlink() else source.read_bytes()
        total.update(f"\0{path}\0{source.lstat().st_mode:o}\0{len(content)}\0".encode() + content)
    return total.hexdigest()


def stage(files: Iterable[Path], collections: Path) -> Path:
    """Copy the files into `collections`/ansible_collections/fintech/platform, made anew, and return that folder.

    The collections that galaxy.yml depends on are linked beside it.
    """
    target = collections / "ansible_collections/fintech/platform"
    shutil.rmtree(target, ignore_errors=True)
    for path in files:
        (target / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / path, target / path, follow_symlinks=False)
    for name in yaml.safe_load((ROOT / "galaxy.yml").read_text())["dependencies"]:
        link = collections / "ansible_collections" / name.replace(".", "/")
        link.parent.mkdir(parents=True, exist_ok=True)
        link.unlink(missing_ok=True)
        link.symlink_to(INSTALLED / name.replace(".", "/"))
    for command in (["git", "init", "--quiet", "--initial-branch=main"], ["git", "add", "--all"]):
        subprocess.run(command, cwd=target, check=True)
    return target
