# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The format of ansible-vault, versions 1.1 and 1.2, with the cipher AES256.

Ansible's own implementation (``ansible.parsing.vault``) is part of the controller: a module's process has no access to it. The format is that of
"Format of files encrypted with Ansible Vault" in Ansible's vault guide.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from binascii import Error, hexlify, unhexlify
from textwrap import wrap

try:
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
    from cryptography.hazmat.primitives.padding import PKCS7
except ImportError:  # the module reports it
    HAS_CRYPTOGRAPHY = False
else:
    HAS_CRYPTOGRAPHY = True

MARK = b"$ANSIBLE_VAULT;"
ITERATIONS = 10000
SALT, KEY, VECTOR = 32, 32, 16  # bytes
LINE = 80


def is_encrypted(text: bytes) -> bool:
    return text.startswith(MARK)


def encrypt(content: bytes, password: bytes, label: str | None) -> bytes:
    """``label`` is the vault id that the head names; None for none."""
    salt = os.urandom(SALT)
    key, check, vector = _keys(password, salt)
    padder = PKCS7(8 * VECTOR).padder()
    encryptor = Cipher(algorithms.AES(key), modes.CTR(vector)).encryptor()
    sealed = encryptor.update(padder.update(content) + padder.finalize()) + encryptor.finalize()
    body = hexlify(b"\n".join([hexlify(salt), hmac.new(check, sealed, hashlib.sha256).hexdigest().encode(), hexlify(sealed)]))
    head = f"1.2;AES256;{label}" if label else "1.1;AES256"
    return MARK + head.encode() + b"\n" + "\n".join(wrap(body.decode(), LINE)).encode() + b"\n"


def decrypt(text: bytes, password: bytes) -> bytes:
    """Raises ValueError where the password is another one, or the text was tampered with or is not of this format."""
    _head, _newline, body = text.partition(b"\n")
    try:
        salt, seal, sealed = (unhexlify(part) for part in unhexlify(b"".join(body.split())).split(b"\n"))
    except Error as error:
        raise ValueError("not hexadecimal") from error
    key, check, vector = _keys(password, salt)
    if not hmac.compare_digest(hmac.new(check, sealed, hashlib.sha256).digest(), seal):
        raise ValueError("the password does not fit")
    decryptor = Cipher(algorithms.AES(key), modes.CTR(vector)).decryptor()
    unpadder = PKCS7(8 * VECTOR).unpadder()
    return unpadder.update(decryptor.update(sealed) + decryptor.finalize()) + unpadder.finalize()


def _keys(password: bytes, salt: bytes) -> tuple[bytes, bytes, bytes]:
    """The cipher's key, the seal's key and the initialization vector."""
    made = hashlib.pbkdf2_hmac("sha256", password, salt, ITERATIONS, 2 * KEY + VECTOR)
    return made[:KEY], made[KEY : 2 * KEY], made[2 * KEY :]
