# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Build the collection and run galaxy-importer on it, as Galaxy does with an upload; `python -m tests.tools.importer`."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from tests.tools import staging

HERE = staging.BUILD / "importer"


def build() -> Path:
    """Build the collection from a copy of the checkout and return the archive."""
    shutil.rmtree(HERE / "archive", ignore_errors=True)
    collection = staging.stage(staging.project_files(), HERE)
    command = ["ansible-galaxy", "collection", "build", str(collection), "--output-path", str(HERE / "archive")]
    subprocess.run(command, check=True)
    (archive,) = (HERE / "archive").glob("*.tar.gz")
    return archive


def main() -> int:
    # ansible-lint and ansible-test are steps of their own, with the project's configuration.
    settings = {"GALAXY_IMPORTER_RUN_ANSIBLE_LINT": "False", "GALAXY_IMPORTER_RUN_ANSIBLE_TEST": "False"}
    command = [sys.executable, "-m", "galaxy_importer.main", str(build())]
    run = subprocess.run(command, cwd=HERE, env=os.environ | settings, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    print(run.stdout, end="")
    # The importer exits with 0 whatever it logs.
    clean = re.search(r"^(ERROR|CRITICAL)\b|Traceback", run.stdout, re.MULTILINE) is None
    return 0 if run.returncode == 0 and clean and "Importer processing completed successfully" in run.stdout else 1


if __name__ == "__main__":
    sys.exit(main())
