# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where moto finds its own response class again."""

from __future__ import annotations

from moto.ssm.urls import url_bases, url_paths

__all__ = ["url_bases", "url_paths"]
