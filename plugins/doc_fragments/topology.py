# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options that describe the topology, shared by every module that needs it (``TOPOLOGY_SPEC`` declares them)."""

from __future__ import annotations


class ModuleDocFragment:
    # What info modules need of it too.
    HUB = r"""
options:
  hub:
    description: Where the Transit Gateway is that joins environments and sites. Without one an environment stands alone.
    type: dict
    suboptions:
      account_id:
        description: The account that owns the Transit Gateway.
        type: str
        required: true
      region:
        description: Its region, by default that of the module.
        type: str
      role:
        description: ARN of the role that an environment's credentials assume there. Required where the hub is in another account.
        type: str
      asn:
        description: The Transit Gateway's private autonomous system number.
        type: int
        default: 64512
      transit_gateway_id:
        description: Id of a Transit Gateway that exists. It is used, and never changed or deleted.
        type: str
      share_with:
        description: Account ids, or ARNs of an organization or its units, that the Transit Gateway is shared with.
        type: list
        elements: str
        default: []
"""

    DOCUMENTATION = r"""
options:
  platform:
    description:
      - Name of the platform, part of every name and ownership tag.
      - 2 to 20 lower-case letters, digits and hyphens, beginning with a letter.
    type: str
    required: true
  supernets:
    description:
      - Ranges that environments are cut from.
      - Every supernet holds contiguous environment slots from its O(supernets[].first_slot) on, as many as it has room for,
        so a slot fixes the supernet and the range in it.
    type: list
    elements: dict
    required: true
    suboptions:
      cidr:
        description: The range, without host bits, for example V(10.64.0.0/21).
        type: str
        required: true
      first_slot:
        description: The environment slot of the first range in this supernet. Slots of different supernets must not overlap.
        type: int
        required: true
  environments:
    description: The environments, each with its slot.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description:
          - Name of the environment, 2 to 20 lower-case letters, digits and hyphens, beginning with a letter.
          - V(hub) and V(account) are scopes of their own and cannot be used.
        type: str
        required: true
      slot:
        description: Its place in the supernets and in the pods' supernet. Never change the slot of an environment that is live.
        type: int
        required: true
  zones:
    description: The availability zones that every environment uses, two at least.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Short name, the last part of its subnets' names, 1 to 8 lower-case letters and digits.
        type: str
        required: true
      slot:
        description: Its place in every environment. Never change the slot of a zone that is live.
        type: int
        required: true
      az_id:
        description:
          - AZ ID that the zone is bound to, for example V(euc1-az1).
          - Unlike the letter of a zone, it names the same place in every account.
        type: str
  sites:
    description: Offices and data providers with the networks behind their customer gateways.
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: Name of the site, 1 to 32 lower-case letters, digits and underscores. No environment may have the same.
        type: str
        required: true
      type:
        description: What the site is.
        type: str
        choices: [office, data_provider]
        required: true
      networks:
        description: The site's networks, together its encryption domain.
        type: list
        elements: dict
        required: true
        suboptions:
          name:
            description: Name of the network, unique in its site. Written C(site.network) elsewhere.
            type: str
            required: true
          cidrs:
            description: Its ranges. They must not overlap a supernet, another site, a reserved range or the clusters' service CIDR.
            type: list
            elements: str
            required: true
      vpn:
        description: The site's IPsec connection to the hub. A site without one is only known.
        type: dict
        suboptions:
          slot:
            description: Fixes the inside addresses of its two tunnels, the slot's V(/29) of O(tunnel_range). Never change it while the connection is live.
            type: int
            required: true
          gateway_address:
            description:
              - Public IPv4 address of the site's customer gateway, or of the NAT device before it.
              - Required, but for a site with O(sites[].vpn.certificate_arn) or O(sites[].vpn.customer_gateway_id).
            type: str
          certificate_arn:
            description: ARN of the private certificate that the customer gateway shows instead of a pre-shared key.
            type: str
          customer_gateway_id:
            description: Id of a customer gateway that exists. It is used, and never changed or deleted.
            type: str
          bgp_asn:
            description: The site's autonomous system number. Required with O(sites[].vpn.routing=bgp), where it must differ from O(hub.asn).
            type: int
          routing:
            description: V(static) for routes to the networks as declared, V(bgp) for routes that the site announces.
            type: str
            choices: [static, bgp]
            default: static
          startup:
            description:
              - Which side begins. V(start) for AWS, which needs the customer gateway's address; V(add) for the site.
              - By default V(start) where there is a O(sites[].vpn.gateway_address), else V(add).
            type: str
            choices: [start, add]
          device:
            description: What the customer gateway is, which decides the configuration that is written for it.
            type: str
            choices: [strongswan, cisco_ios_xe, fortigate, juniper_srx, generic]
            default: generic
          waiver:
            description: Weaker algorithms that the site's tunnels may use too, for a time. Once it has expired it is refused.
            type: dict
            suboptions:
              expires:
                description: Last day of the waiver, as year-month-day.
                type: str
                required: true
              reason:
                description: Why the site cannot do better yet.
                type: str
                required: true
              encryption:
                description: Encryption algorithms beside V(AES256-GCM-16), as AWS names them.
                type: list
                elements: str
                default: []
              integrity:
                description: Integrity algorithms beside V(SHA2-512) and V(SHA2-384), as AWS names them.
                type: list
                elements: str
                default: []
              dh_groups:
                description: Diffie-Hellman groups beside V(20) and V(21).
                type: list
                elements: int
                default: []
          pre_shared_key_secrets:
            description:
              - Names or ARNs of the two secrets in Secrets Manager that hold the tunnels' pre-shared keys.
              - By default AWS makes the keys and keeps them there.
            type: list
            elements: str
            default: []
      dns:
        description: Names that the site's own servers resolve.
        type: dict
        suboptions:
          domains:
            description: The domains.
            type: list
            elements: str
            required: true
          servers:
            description: IPv4 addresses of the servers, in the site's networks.
            type: list
            elements: str
            required: true
  reserved_ranges:
    description: Ranges that nothing may overlap, for example those of networks that are yet to be connected.
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: What the range is reserved for.
        type: str
        required: true
      cidr:
        description: The range.
        type: str
        required: true
  prefixes:
    description:
      - Prefix lengths of the plan.
      - Changing one moves ranges, so a change is refused while networks that it would move are live.
    type: dict
    suboptions:
      environment:
        description: An environment, which is a VPC.
        type: int
        default: 23
      subnet:
        description: A subnet of an environment. The last one is the edge, the others are the zones' workload subnets.
        type: int
        default: 25
      edge_zone:
        description: A zone's part of the edge. The last part is kept spare.
        type: int
        default: 27
      pod_environment:
        description: An environment's pod range.
        type: int
        default: 20
      pod_zone:
        description: A zone's part of the pod range. The transit subnets are cut from the last part.
        type: int
        default: 22
      transit:
        description: A zone's subnet for the Transit Gateway attachment.
        type: int
        default: 28
  pod_supernet:
    description: Range that the environments' pod ranges are cut from, by slot.
    type: str
    default: 100.64.0.0/10
  service_cidr:
    description: Range of the clusters' service addresses, the same in every cluster. Nothing else may overlap it.
    type: str
    default: 172.20.0.0/16
  tunnel_range:
    description: Range of the tunnels' inside addresses, a part of V(169.254.0.0/16).
    type: str
    default: 169.254.64.0/18
  access:
    description:
      - The access matrix, which says who may reach what. What it does not list is closed.
    type: list
    elements: dict
    default: []
    suboptions:
      from:
        description: Who begins a flow - C(site.network), C(environment.tier) or the name of a developer role.
        type: str
        required: true
      to:
        description:
          - What is reached - C(site.network) or C(environment.tier).
          - Tiers are V(workload), V(edge), V(endpoints), V(cluster_api) and V(search).
        type: str
        required: true
      protocol:
        description: The protocol.
        type: str
        choices: [tcp, udp, icmp, all]
        default: tcp
      ports:
        description: Destination ports and ranges of ports, for example V(443) or V(8000-8100). Required with V(tcp) and V(udp), none with V(icmp) and V(all).
        type: list
        elements: str
        default: []
      source_addresses:
        description:
          - Whether the far side sees the addresses of nodes or of pods.
          - V(pod) is for what comes from a workload, and leaves the environment only where pods have no range of their own.
        type: str
        choices: [node, pod]
        default: node
      expires:
        description: Last day on which the entry holds, as year-month-day. Afterwards it opens nothing and is reported.
        type: str
      reason:
        description: Why the entry exists, for whoever audits it.
        type: str
        required: true
      cross_environment:
        description: Says explicitly that one environment may reach another, which nothing else allows.
        type: bool
        default: false
  developer_roles:
    description:
      - Roles of developers, which can be a source in O(access).
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: Name of the role, 1 to 32 lower-case letters, digits and underscores.
        type: str
        required: true
      networks:
        description: The networks its members work from, each written C(site.network).
        type: list
        elements: str
        required: true
      principals:
        description:
          - ARNs of the IAM roles and users that may take the role.
          - A permission set of IAM Identity Center is named by its role in the environment's account, whose last part is a wildcard, for example
            V(arn:aws:iam::123456789012:role/aws-reserved/sso.amazonaws.com/*/AWSReservedSSO_Backend_*).
        type: list
        elements: str
        required: true
      cluster_access:
        description: What the role may do in a cluster.
        type: str
        choices: [view, edit, admin]
        required: true
"""
