# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Render the guides as HTML and every plugin's and role's page as text into build/docs; `python -m tests.tools.docs`."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from docutils.core import publish_file

from tests.tools.staging import ROOT

COLLECTION = "fintech.platform"
PLUGIN_TYPES = ("module", "filter", "lookup", "role")
WARNING = 2  # docutils' report level


def render_guides(target: Path) -> None:
    """Raise SystemMessage at the first warning, since a guide with one renders wrongly."""
    for guide in sorted((ROOT / "docs/docsite/rst").glob("*.rst")):
        publish_file(
            source_path=str(guide),
            destination_path=str(target / f"{guide.stem}.html"),
            writer="html5",
            settings_overrides={"halt_level": WARNING, "smart_quotes": True},
        )


def ansible_doc(*arguments: str) -> str:
    return subprocess.run(["ansible-doc", *arguments], cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout


def render_plugins(target: Path) -> None:
    for plugin_type in PLUGIN_TYPES:
        for name in json.loads(ansible_doc("--type", plugin_type, "--json", "--list", COLLECTION)):
            page = target / f"{plugin_type}s" / f"{name.removeprefix(COLLECTION + '.')}.txt"
            page.parent.mkdir(exist_ok=True)
            page.write_text(ansible_doc("--type", plugin_type, name), encoding="utf-8")


def main() -> int:
    target = ROOT / "build/docs"
    target.mkdir(parents=True, exist_ok=True)
    render_guides(target)
    render_plugins(target)
    print(f"Rendered into {target}: {sum(1 for page in target.rglob('*') if page.is_file())} pages")
    return 0


if __name__ == "__main__":
    sys.exit(main())
