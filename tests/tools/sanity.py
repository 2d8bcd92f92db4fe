# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run `ansible-test sanity` and `ansible-test units` on a copy of the checkout; `python -m tests.tools.sanity`.

Files that passed once with this Python and ansible-core are not checked again.
"""

from __future__ import annotations

import importlib.metadata
import os
import platform
import subprocess
import sys
from pathlib import Path

from tests.tools import staging

HERE = staging.BUILD / "ansible-test"
PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"

# ansible-test fetches this program from a host of its own; Python's ensurepip does the same from what is installed.
GET_PIP = """
import subprocess, sys
wanted = [argument for argument in sys.argv[1:] if argument not in ("--no-setuptools", "--no-wheel")]
subprocess.check_call([sys.executable, "-m", "ensurepip"])
sys.exit(subprocess.call([sys.executable, "-m", "pip", "install", *wanted]))
"""
GET_PIP_VERSION = "24_2"


def environment() -> dict[str, str]:
    """The variables of a run whose home is below .build, so that the user's own stays as it is."""
    home = HERE / "home"
    get_pip = home / f".ansible/test/cache/get_pip_{GET_PIP_VERSION}.py"
    get_pip.parent.mkdir(parents=True, exist_ok=True)
    get_pip.write_text(GET_PIP)
    cache = os.environ.get("PIP_CACHE_DIR", str(Path.home() / ".cache/pip"))
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ANSIBLE_")}
    return kept | {"HOME": str(home), "PIP_CACHE_DIR": cache}


def ansible_test(collection: Path, *arguments: str) -> bool:
    """Run ansible-test, showing its output; whether it checked something and passed."""
    command = ["ansible-test", *arguments, "--python", PYTHON, "--color", "no"]
    print("$", *command, flush=True)
    skipped = False
    with subprocess.Popen(command, cwd=collection, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            print(line, end="", flush=True)
            # It says so with exit code 0, for instance where git ignores the folder.
            skipped |= "All targets skipped" in line
    return process.returncode == 0 and not skipped


def main() -> int:
    files = staging.project_files()
    digest = staging.digest(files, platform.python_version(), importlib.metadata.version("ansible-core"))
    passed = HERE / "passed"
    if passed.exists() and passed.read_text() == digest:
        print("ansible-test: these very files passed before")
        return 0
    collection = staging.stage(files, HERE)
    if not (ansible_test(collection, "sanity") and ansible_test(collection, "units")):
        return 1
    passed.write_text(digest)
    return 0


if __name__ == "__main__":
    sys.exit(main())
