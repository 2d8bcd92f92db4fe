# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""moto's KMS backend; what it does not keep of a key is set on its objects."""

from __future__ import annotations

from moto.kms.models import KmsBackend


class Backend(KmsBackend):
    """The state of one account and region."""
