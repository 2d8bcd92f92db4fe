# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module, with a Secrets Manager of two lines: what it writes, refuses and never says."""

from __future__ import annotations

import json
import stat

import pytest
import yaml
from ansible.module_utils.testing import patch_module_args

from ansible_collections.fintech.platform.plugins.module_utils._vault_format import decrypt, encrypt
from ansible_collections.fintech.platform.plugins.modules import customer_gateway_pack

ADDRESSES = ("198.51.100.1", "198.51.100.2")
KEYS = ("First.Key_1", "Second.Key_2")


class Secrets:
    """By ARN."""

    def __init__(self) -> None:
        self.texts = {"arn:both": json.dumps(dict(zip(ADDRESSES, KEYS, strict=True))), "arn:one": KEYS[0], "arn:two": KEYS[1]}

    def get_secret_value(self, *, SecretId: str) -> dict[str, str]:  # noqa: N803 - boto3's name
        return {"SecretString": self.texts[SecretId]}


@pytest.fixture
def secrets(monkeypatch) -> Secrets:
    kept = Secrets()
    monkeypatch.setattr(f"{customer_gateway_pack.__name__}.AnsibleAWSModule.client", lambda module, service: kept)
    return kept


@pytest.fixture
def run(capsys, tmp_path, secrets):
    """Run the module; its exit code, its result and all that it printed."""
    (tmp_path / "password").write_text("open sesame\n")

    def call(*names: str, check: bool = False, members: tuple[str | None, ...] = (None, None), **options) -> tuple[int, dict, str]:
        entries = [
            {"secret": name, "outside_address": address, "member": member}
            for name, address, member in zip(names or ("arn:both", "arn:both"), ADDRESSES, members, strict=True)
        ]
        arguments = {
            "content": "one @PRE_SHARED_KEY_1@ two @PRE_SHARED_KEY_2@",
            "pre_shared_keys": entries,
            "dest": str(tmp_path / "pack/file"),
            "vault_password_file": str(tmp_path / "password"),
            "region": "eu-central-1",
            "_ansible_check_mode": check,
            "_ansible_diff": True,
            **options,
        }
        with patch_module_args(arguments), pytest.raises(SystemExit) as end:
            customer_gateway_pack.main()
        printed = capsys.readouterr()
        return int(end.value.code or 0), json.loads(printed.out), printed.out + printed.err

    return call


def content(tmp_path) -> str:
    return decrypt((tmp_path / "pack/file").read_bytes(), b"open sesame").decode()


@pytest.mark.parametrize("names", [("arn:both", "arn:both"), ("arn:one", "arn:two")])
def test_keys_take_their_places(names, run, tmp_path):
    code, result, printed = run(*names)
    assert (code, result["changed"]) == (0, True)
    assert content(tmp_path) == "one First.Key_1 two Second.Key_2"
    assert not any(secret in printed for secret in (*KEYS, "open sesame"))
    code, result, _printed = run(*names)
    assert (code, result["changed"], "diff" in result) == (0, False, False)


def test_check_mode_tells_and_writes_nothing(run, tmp_path):
    code, result, _printed = run(check=True)
    assert (code, result["changed"]) == (0, True)
    assert (result["diff"]["before"], result["diff"]["after"]) == ("(absent)\n", "(encrypted)\n")
    assert not (tmp_path / "pack").exists()


def test_new_key_and_open_mode_are_seen_and_mended(run, secrets, tmp_path):
    run("arn:one", "arn:two")
    file = tmp_path / "pack/file"
    file.chmod(0o644)
    assert run("arn:one", "arn:two", check=True)[1]["changed"]
    assert stat.S_IMODE(file.stat().st_mode) == 0o644
    assert run("arn:one", "arn:two")[1]["changed"]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600

    secrets.texts["arn:two"] = "Rotated.Key"
    _code, planned, printed = run("arn:one", "arn:two", check=True)
    assert planned["diff"]["after"] == "(encrypted, with other content or mode)\n"
    assert "Rotated.Key" not in printed
    run("arn:one", "arn:two")
    assert content(tmp_path) == "one First.Key_1 two Rotated.Key"
    assert [path.name for path in file.parent.iterdir()] == ["file"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"a": "First.Key", "b": "Second.Key"}', "has 2 members, and none of them is 198.51.100.1. Name the one with the key of the tunnel"),
        ("0starts.with.zero", "no pre-shared key for the tunnel to 198.51.100.1: AWS takes 8 to 64 letters"),
        ('A key"\nwith syntax', "no pre-shared key for the tunnel to 198.51.100.1"),
        ('["First.Key"]', "no pre-shared key for the tunnel to 198.51.100.1"),
    ],
)
def test_what_is_no_key_is_refused_unseen(text, said, run, secrets, tmp_path):
    secrets.texts["arn:both"] = text
    code, result, printed = run()
    assert code == 1
    assert said in result["msg"]
    assert not any(word in printed for word in ("First.Key", "Second.Key", "starts.with.zero", "with syntax"))
    assert not (tmp_path / "pack").exists()


def test_members_are_named(run, secrets, tmp_path):
    secrets.texts["arn:both"] = '{"a": "First.Key", "b": "Second.Key"}'
    run(members=("a", "b"))
    assert content(tmp_path) == "one First.Key two Second.Key"


@pytest.mark.parametrize(
    ("there", "said"),
    [
        (b"somebody's own", "is there and not encrypted, so it is left alone"),
        (encrypt(b"theirs", b"other", None), "is encrypted with another password"),
    ],
)
def test_foreign_files_are_left_alone(there, said, run, tmp_path):
    file = tmp_path / "pack/file"
    file.parent.mkdir()
    file.write_bytes(there)
    code, result, _printed = run()
    assert code == 1
    assert said in result["msg"]
    assert file.read_bytes() == there


def test_planned_connection_has_a_planned_file(run, tmp_path):
    planned = ("vpn_connection.kyiv_office (known after apply)",) * 2
    assert run(*planned, check=True)[1]["changed"]
    code, result, _printed = run(*planned)
    assert code == 1
    assert "that is not there yet. Build the hub first." in result["msg"]


def test_password_comes_from_a_program_too(run, tmp_path):
    program = tmp_path / "program"
    program.write_text("#!/bin/sh\necho open sesame\n")
    program.chmod(0o755)
    assert run(vault_password_file=str(program))[0] == 0
    assert content(tmp_path) == "one First.Key_1 two Second.Key_2"


@pytest.mark.parametrize(("password", "said"), [("", "is empty. Put one into it"), (None, "cannot be read from")])
def test_password_that_is_none_is_refused(password, said, run, tmp_path):
    source = tmp_path / "another"
    if password is not None:
        source.write_text(password)
    code, result, _printed = run(vault_password_file=str(source))
    assert code == 1
    assert said in result["msg"]


def test_the_example_has_the_modules_options():
    (task,) = yaml.safe_load(customer_gateway_pack.EXAMPLES)
    assert set(task["fintech.platform.customer_gateway_pack"]) <= {*customer_gateway_pack.SPEC, "region"}
