# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A file that ansible-vault has encrypted: read and written in this process, never in the clear on a disk."""

from __future__ import annotations

import os
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from ._engine.errors import PlatformError
from ._vault_format import decrypt, encrypt, is_encrypted

PRIVATE = 0o600


def read_password(source: Path) -> bytes:
    """The password in a file, or that a program prints, as Ansible's own ``--vault-password-file`` has it."""
    try:
        if os.access(source, os.X_OK):
            done = subprocess.run([str(source.resolve())], stdout=subprocess.PIPE, check=True)
            password = done.stdout.strip()
        else:
            password = source.read_bytes().strip()
    except (OSError, subprocess.CalledProcessError) as error:
        raise PlatformError(f"The vault password cannot be read from {source}: {error}. Name a file with it, or a program that prints it.") from None
    if not password:
        raise PlatformError(f"The vault password in {source} is empty. Put one into it.")
    return password


@dataclass
class VaultFile:
    """``vault_id`` is the label in the file's head, None for none."""

    path: Path
    password: bytes
    vault_id: str | None = None

    def read(self) -> bytes | None:
        """What is in it; None where there is no file. Raises PlatformError for a file that is not encrypted, or not with this password."""
        if not self.path.exists():
            return None
        text = self.path.read_bytes()
        if not is_encrypted(text):
            raise PlatformError(f"{self.path} is there and not encrypted, so it is left alone. Remove it, or name another file.")
        try:
            return decrypt(text, self.password)
        except ValueError:
            raise PlatformError(f"{self.path} is encrypted with another password. Name that one, or remove the file.") from None

    @property
    def is_private(self) -> bool:
        return not self.path.exists() or self.path.stat().st_mode & 0o777 == PRIVATE

    def write(self, content: bytes) -> None:
        """Encrypt and put in place at once, for nobody else to read."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        encrypted = encrypt(content, self.password, self.vault_id)
        handle, name = tempfile.mkstemp(dir=self.path.parent, prefix=f".{self.path.name}.")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(encrypted)
            os.replace(name, self.path)  # mkstemp made it with mode 0600
        except BaseException:
            os.unlink(name)
            raise
