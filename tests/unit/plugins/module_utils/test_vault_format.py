# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files that the real ansible-vault reads, and those that it writes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.fintech.platform.plugins.module_utils._vault_format import decrypt, encrypt, is_encrypted

vault = pytest.importorskip("ansible.parsing.vault", reason="the controller's code is not there in ansible-test's module tests")


@given(st.binary(max_size=300), st.text(min_size=1).map(str.encode), st.sampled_from([None, "sites"]))
def test_ansible_reads_what_is_written(content, password, label):
    text = encrypt(content, password, label)
    assert is_encrypted(text)
    assert decrypt(text, password) == content
    assert vault.VaultLib([("sites", vault.VaultSecret(password))]).decrypt(text) == content


@pytest.mark.parametrize("label", [None, "sites"])
def test_what_ansible_writes_is_read(label):
    text = vault.VaultLib([("sites", vault.VaultSecret(b"password"))]).encrypt("content", vault_id=label)
    assert decrypt(text, b"password") == b"content"


def test_head_and_lines_are_ansibles():
    theirs = vault.VaultLib([("sites", vault.VaultSecret(b"password"))]).encrypt("content" * 50, vault_id="sites")
    ours = encrypt(b"content" * 50, b"password", "sites")
    assert ours.splitlines()[0] == theirs.splitlines()[0]
    assert [len(line) for line in ours.splitlines()] == [len(line) for line in theirs.splitlines()]


def test_no_two_files_are_the_same():
    assert encrypt(b"content", b"password", None) != encrypt(b"content", b"password", None)


def test_other_password_and_meddling_are_found():
    text = encrypt(b"content", b"password", None)
    with pytest.raises(ValueError, match="the password does not fit"):
        decrypt(text, b"passwort")
    lines = text.splitlines()
    lines[-1] = lines[-1][:-2] + (b"30" if lines[-1][-2:] != b"30" else b"31")
    with pytest.raises(ValueError, match=r"the password does not fit|not hexadecimal"):
        decrypt(b"\n".join(lines), b"password")
