# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""skopeo, which copies images between registries without a container engine: https://github.com/containers/skopeo"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from ._engine.errors import PlatformError
from ._planning.images import LAYOUT

PROGRAM = "skopeo"


@dataclass(kw_only=True)
class Skopeo:
    """``registry`` is the host that images are copied to, ``authfile`` a file with the logins of those that they are copied from.

    The login of the former is never on a command line: it is in a file that only its owner can read, as long as it is needed.
    """

    registry: str
    authfile: str | None = None
    _folder: Path | None = field(default=None, init=False)

    def problems(self, sources: dict[str, str]) -> list[str]:
        """Why a copy would fail, as far as that is known beforehand. ``sources``: digests by what they are copied from."""
        problems = [] if shutil.which(PROGRAM) else [f"{PROGRAM} is not installed where this runs. On Debian and Ubuntu: apt-get install {PROGRAM}"]
        if self.authfile and not Path(self.authfile).is_file():
            problems.append(f"The authfile {self.authfile} is not there. Make it: {PROGRAM} login --authfile {self.authfile} docker.io")
        return problems + [
            problem for source, digest in sources.items() if source.startswith(LAYOUT) and (problem := _layout_problem(source, digest))
        ]

    @contextmanager
    def logged_in(self, login: str) -> Iterator[None]:
        """``login`` is user:password in base64, as an authfile has it."""
        with TemporaryDirectory(prefix="image_mirror-") as folder:
            self._folder = Path(folder)
            with open(self._login, "x", encoding="utf-8", opener=lambda path, flags: os.open(path, flags, 0o600)) as file:
                json.dump({"auths": {self.registry: {"auth": login}}}, file)
            try:
                yield
            finally:
                self._folder = None

    @property
    def _login(self) -> Path:
        if self._folder is None:
            raise LookupError("nobody is logged in")
        return self._folder / "auth.json"

    def copy(self, source: str, repository: str, tag: str, digest: str) -> None:
        """An image with all its architectures, as it is. Raises ``PlatformError``."""
        arrived = self._login.with_name(digest.replace(":", "-"))
        command = [
            PROGRAM, "copy", "--all", "--preserve-digests", "--retry-times", "3", "--digestfile", str(arrived), "--dest-authfile", str(self._login),
            *(["--src-authfile", self.authfile] if self.authfile else []), source, f"docker://{self.registry}/{repository}:{tag}",
        ]  # fmt: skip
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        if done.returncode:
            raise PlatformError(f"{PROGRAM} cannot copy {source}: {_reason(done.stderr)}")
        if (found := arrived.read_text(encoding="utf-8").strip()) != digest:
            raise PlatformError(f"{source} arrived with the digest {found}, but {digest} is pinned. Do not use it, and find out why.")


def _reason(stderr: str) -> str:
    last = (stderr.strip().splitlines() or ["it does not say why"])[-1]
    found = re.search(r'msg="(.*)"$', last)
    return found[1].replace('\\"', '"') if found else last


def _layout_problem(source: str, digest: str) -> str | None:
    folder, _colon, tag = source.removeprefix(LAYOUT).rpartition(":")
    try:
        index = json.loads((Path(folder) / "index.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as problem:
        return f"{folder} is no OCI layout: {problem}"
    names = {each.get("annotations", {}).get("org.opencontainers.image.ref.name"): each["digest"] for each in index["manifests"]}
    if tag not in names:
        return f"The OCI layout {folder} has no {tag}, but {', '.join(sorted(filter(None, names))) or 'nothing with a name'}."
    return None if names[tag] == digest else f"The OCI layout {folder} has {tag} with the digest {names[tag]}, but {digest} is pinned."
