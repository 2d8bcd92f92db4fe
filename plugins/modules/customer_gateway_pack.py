#!/usr/bin/python
# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: customer_gateway_pack
short_description: Configuration of a customer gateway with its pre-shared keys, encrypted
version_added: 0.1.0
description:
  - Reads the pre-shared keys of a VPN connection from Secrets Manager, puts them in place of their markers in a configuration, and writes that
    as a file that ansible-vault can read.
  - All in one process. Neither keys nor configuration with keys are ever in an argument, an environment variable, a result, a diff, a log or,
    unencrypted, on a disk.
  - A file that has the same content already, once decrypted, is left alone.
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
options:
  content:
    description: The configuration, as P(fintech.platform.customer_gateway_configuration#filter) renders it.
    type: str
    required: true
  pre_shared_keys:
    description: Where the keys are, by tunnel. The first takes the place of C(@PRE_SHARED_KEY_1@), the second that of C(@PRE_SHARED_KEY_2@).
    type: list
    elements: dict
    required: true
    suboptions:
      secret:
        description: ARN or name of the secret. Only check mode takes none, for a connection that is planned.
        type: str
      outside_address:
        description: The public address of AWS in the tunnel. In a secret with several keys it names the tunnel's own.
        type: str
      member:
        description: The name of the key in a secret with several, where it is not O(pre_shared_keys[].outside_address).
        type: str
  dest:
    description: The file to write. Only its owner can read it (mode 0600). Folders above it are made.
    type: path
    required: true
  vault_password_file:
    description: File with the password to encrypt with, or a program that prints it.
    type: path
    required: true
  vault_id:
    description: Label of the password in the file's head, so that C(ansible-vault) finds the right one among several.
    type: str
attributes:
  check_mode:
    description: Can run in check mode, where it reads and compares, and writes nothing.
    support: full
  diff_mode:
    description: Returns what has changed, or would change, in check mode.
    support: partial
    details: It says whether the file is new or has other content, and shows none of it.
requirements:
  - cryptography
seealso:
  - plugin: fintech.platform.customer_gateway_configuration
    plugin_type: filter
author:
  - Contributors to the fintech.platform project (@fintech-platform)
"""

EXAMPLES = r"""
- name: Write the router's configuration for its administrator
  fintech.platform.customer_gateway_pack:
    region: eu-central-1
    content: "{{ connection | fintech.platform.customer_gateway_configuration('cisco_ios_xe') }}"
    pre_shared_keys:
      - secret: "{{ connection.tunnels[0].pre_shared_key_arn }}"
        outside_address: "{{ connection.tunnels[0].outside_address }}"
      - secret: "{{ connection.tunnels[1].pre_shared_key_arn }}"
        outside_address: "{{ connection.tunnels[1].outside_address }}"
    dest: build/customer_gateways/kyiv_office-cisco_ios_xe.ios.vault
    vault_password_file: ~/.vault/kyiv_office
    vault_id: kyiv_office
"""

RETURN = r"""
dest:
  description: The file.
  returned: success
  type: str
  sample: build/customer_gateways/kyiv_office-cisco_ios_xe.ios.vault
"""

from pathlib import Path
from typing import Any

try:
    from botocore.exceptions import BotoCoreError, ClientError
except ImportError:  # AnsibleAWSModule reports it
    pass

from ansible.module_utils.basic import missing_required_lib
from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

from ansible_collections.fintech.platform.plugins.module_utils._aws.secretsmanager.tunnel_keys import tunnel_keys
from ansible_collections.fintech.platform.plugins.module_utils._engine.errors import PlatformError
from ansible_collections.fintech.platform.plugins.module_utils._planning.customer_gateway_devices import with_keys
from ansible_collections.fintech.platform.plugins.module_utils._planning.mapping_reader import PLANNED
from ansible_collections.fintech.platform.plugins.module_utils._vault_file import VaultFile, read_password
from ansible_collections.fintech.platform.plugins.module_utils._vault_format import HAS_CRYPTOGRAPHY

SPEC: dict[str, Any] = {
    "content": {"type": "str", "required": True},
    "pre_shared_keys": {
        "type": "list",
        "elements": "dict",
        "required": True,
        "no_log": False,
        "options": {"secret": {"type": "str", "no_log": False}, "outside_address": {"type": "str"}, "member": {"type": "str"}},
    },
    "dest": {"type": "path", "required": True},
    "vault_password_file": {"type": "path", "required": True, "no_log": False},
    "vault_id": {"type": "str"},
}


def is_planned(module: Any) -> bool:
    return any(not entry["secret"] or entry["secret"].endswith(PLANNED) for entry in module.params["pre_shared_keys"])


def pack(module: Any) -> dict[str, Any]:
    given = module.params
    file = VaultFile(Path(given["dest"]), read_password(Path(given["vault_password_file"])), given["vault_id"])
    live = file.read()
    planned = is_planned(module)
    if planned and not module.check_mode:
        raise PlatformError(f"{given['dest']} needs the pre-shared keys of a connection that is not there yet. Build the hub first.")
    desired = (
        None if is_planned(module) else with_keys(given["content"], tunnel_keys(module.client("secretsmanager"), given["pre_shared_keys"])).encode()
    )
    changed = desired is None or live != desired or not file.is_private
    if changed and desired is not None and not module.check_mode:
        file.write(desired)
    states = {"before": "absent" if live is None else "encrypted", "after": "encrypted, with other content or mode" if live else "encrypted"}
    diff = {"before_header": given["dest"], "after_header": given["dest"], **{side: f"({state})\n" for side, state in states.items()}}
    return {"changed": changed, "dest": given["dest"], **({"diff": diff} if changed else {})}


def main() -> None:
    module = AnsibleAWSModule(argument_spec=SPEC, supports_check_mode=True)
    if not HAS_CRYPTOGRAPHY:
        module.fail_json(msg=missing_required_lib("cryptography"))
    try:
        result = pack(module)
    except PlatformError as error:
        module.fail_json(msg=str(error))
    except (BotoCoreError, ClientError) as error:
        module.fail_json_aws(error, msg="The pre-shared keys cannot be read")
    module.exit_json(**result)


if __name__ == "__main__":
    main()
