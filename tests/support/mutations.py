# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a colleague at the console may do to the live network, what check mode shows of it and which calls repair it."""

from __future__ import annotations

import json

from .cloud import OURS
from .console import Mutation, Site, mutation

ANYWHERE = "0.0.0.0/0"
ROLE = "acme-dev-eu-central-1-flow-logs"
GROUP = f"{OURS}acme/dev/network/flow-logs"
ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"
OPEN_POLICY = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}]})
OPEN_RULE = [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": ANYWHERE}]}]


@mutation("update routes.workload-a routes", calls="ec2.CreateRoute")
def route_gone(site: Site) -> None:
    site.ec2.delete_route(RouteTableId=site["route_table.workload-a"], DestinationCidrBlock=ANYWHERE)


@mutation("update routes.workload-a routes", calls="ec2.ReplaceRoute")
def route_past_the_nat_gateway(site: Site) -> None:
    table, gateway = site["route_table.workload-a"], site["internet_gateway.main"]
    site.ec2.replace_route(RouteTableId=table, DestinationCidrBlock=ANYWHERE, GatewayId=gateway)


@mutation("update routes.transit routes", calls="ec2.DeleteRoute")
def route_more(site: Site) -> None:
    table, gateway = site["route_table.transit"], site["internet_gateway.main"]
    site.ec2.create_route(RouteTableId=table, DestinationCidrBlock="198.51.100.0/24", GatewayId=gateway)


@mutation("update routes.main routes", calls="ec2.DeleteRoute")
def route_in_the_main_table(site: Site) -> None:
    site.ec2.create_route(RouteTableId=site["route_table.main"], DestinationCidrBlock=ANYWHERE, GatewayId=site["internet_gateway.main"])


@mutation("update route_table.workload-a subnets", calls="ec2.AssociateRouteTable")
def subnet_without_its_route_table(site: Site) -> None:
    site.ec2.disassociate_route_table(AssociationId=site.association("route_table", "subnet.workload-a"))


@mutation("update route_table.workload-a subnets", calls="ec2.ReplaceRouteTableAssociation")
def subnet_with_the_route_table_of_the_edge(site: Site) -> None:
    association = site.association("route_table", "subnet.workload-a")
    site.ec2.replace_route_table_association(AssociationId=association, RouteTableId=site["route_table.edge"])


@mutation("update network_acl.workload entries", calls="ec2.DeleteNetworkAclEntry")
def acl_entry_more(site: Site) -> None:
    site.ec2.create_network_acl_entry(
        NetworkAclId=site["network_acl.workload"], RuleNumber=1, Egress=False, Protocol="-1", RuleAction="allow", CidrBlock=ANYWHERE
    )


@mutation("update network_acl.workload entries", calls="ec2.CreateNetworkAclEntry")
def acl_entry_gone(site: Site) -> None:
    entry = site.entry("network_acl.workload", egress=True)
    site.ec2.delete_network_acl_entry(NetworkAclId=entry["NetworkAclId"], RuleNumber=entry["RuleNumber"], Egress=True)


@mutation("update network_acl.edge entries", calls="ec2.ReplaceNetworkAclEntry")
def acl_entry_denied(site: Site) -> None:
    site.ec2.replace_network_acl_entry(**{**site.entry("network_acl.edge", egress=False), "RuleAction": "deny"})


@mutation("update network_acl.default entries", calls="ec2.DeleteNetworkAclEntry")
def default_acl_opened(site: Site) -> None:
    site.ec2.create_network_acl_entry(
        NetworkAclId=site["network_acl.default"], RuleNumber=1, Egress=True, Protocol="-1", RuleAction="allow", CidrBlock=ANYWHERE
    )


@mutation("update network_acl.edge subnets", calls="ec2.ReplaceNetworkAclAssociation")
def subnet_with_the_acl_of_the_workload(site: Site) -> None:
    association = site.association("network_acl", "subnet.edge-a")
    site.ec2.replace_network_acl_association(AssociationId=association, NetworkAclId=site["network_acl.workload"])


@mutation("update network_acl.edge subnets", calls="ec2.ReplaceNetworkAclAssociation")
def subnet_with_the_default_acl(site: Site) -> None:
    association = site.association("network_acl", "subnet.edge-a")
    site.ec2.replace_network_acl_association(AssociationId=association, NetworkAclId=site["network_acl.default"])


@mutation("update vpc_endpoint.sts groups", calls="ec2.ModifyVpcEndpoint")
def endpoint_with_another_group(site: Site) -> None:
    site.ec2.modify_vpc_endpoint(
        VpcEndpointId=site["vpc_endpoint.sts"],
        AddSecurityGroupIds=[site["security_group.nodes"]],
        RemoveSecurityGroupIds=[site["security_group.endpoints"]],
    )


@mutation("update vpc_endpoint.sts subnets", calls="ec2.ModifyVpcEndpoint")
def endpoint_in_fewer_subnets(site: Site) -> None:
    site.ec2.modify_vpc_endpoint(VpcEndpointId=site["vpc_endpoint.sts"], RemoveSubnetIds=[site["subnet.workload-b"]])


@mutation("update vpc_endpoint.sts policy", calls="ec2.ModifyVpcEndpoint")
def endpoint_policy_opened(site: Site) -> None:
    site.ec2.modify_vpc_endpoint(VpcEndpointId=site["vpc_endpoint.sts"], PolicyDocument=OPEN_POLICY)


@mutation("update vpc_endpoint.sts policy", calls="ec2.ModifyVpcEndpoint")
def endpoint_policy_reset(site: Site) -> None:
    site.ec2.modify_vpc_endpoint(VpcEndpointId=site["vpc_endpoint.sts"], ResetPolicy=True)


@mutation("update vpc_endpoint.sts private_dns", calls="ec2.ModifyVpcEndpoint")
def endpoint_without_its_name(site: Site) -> None:
    site.ec2.modify_vpc_endpoint(VpcEndpointId=site["vpc_endpoint.sts"], PrivateDnsEnabled=False)


@mutation("update vpc_endpoint.gateway-s3 route_tables", calls="ec2.ModifyVpcEndpoint")
def endpoint_without_a_route_table(site: Site) -> None:
    site.ec2.modify_vpc_endpoint(VpcEndpointId=site["vpc_endpoint.gateway-s3"], RemoveRouteTableIds=[site["route_table.workload-a"]])


@mutation("create vpc_endpoint.sts", calls="ec2.CreateVpcEndpoint")
def endpoint_gone(site: Site) -> None:
    site.ec2.delete_vpc_endpoints(VpcEndpointIds=[site["vpc_endpoint.sts"]])


@mutation("update vpc.main dns_hostnames", calls="ec2.ModifyVpcAttribute")
def dns_hostnames_off(site: Site) -> None:
    site.ec2.modify_vpc_attribute(VpcId=site["vpc.main"], EnableDnsHostnames={"Value": False})


@mutation("update vpc.main dns_hostnames dns_support", calls="ec2.ModifyVpcAttribute ec2.ModifyVpcAttribute")
def dns_off(site: Site) -> None:
    site.ec2.modify_vpc_attribute(VpcId=site["vpc.main"], EnableDnsHostnames={"Value": False})
    site.ec2.modify_vpc_attribute(VpcId=site["vpc.main"], EnableDnsSupport={"Value": False})


@mutation("update vpc.main dhcp_options", calls="ec2.AssociateDhcpOptions")
def default_dhcp_options(site: Site) -> None:
    site.ec2.associate_dhcp_options(VpcId=site["vpc.main"], DhcpOptionsId="default")


@mutation("update vpc.main secondary_cidrs", calls="ec2.DisassociateVpcCidrBlock")
def range_more(site: Site) -> None:
    site.ec2.associate_vpc_cidr_block(VpcId=site["vpc.main"], CidrBlock="10.70.0.0/23")


@mutation("update security_group_rules.endpoints rules", calls="ec2.RevokeSecurityGroupIngress")
def group_rule_more(site: Site) -> None:
    site.ec2.authorize_security_group_ingress(GroupId=site["security_group.endpoints"], IpPermissions=OPEN_RULE)


@mutation("update security_group_rules.cluster_api rules", calls="ec2.AuthorizeSecurityGroupIngress")
def group_rule_gone(site: Site) -> None:
    group = site.item("security_group.cluster_api")
    gone = [each for each in group["IpPermissions"] if each["PrefixListIds"]]
    site.ec2.revoke_security_group_ingress(GroupId=group["GroupId"], IpPermissions=gone)


@mutation("update security_group_rules.default rules", calls="ec2.RevokeSecurityGroupEgress ec2.RevokeSecurityGroupIngress")
def default_group_opened(site: Site) -> None:
    site.ec2.authorize_security_group_ingress(GroupId=site["security_group.default"], IpPermissions=OPEN_RULE)
    site.ec2.authorize_security_group_egress(GroupId=site["security_group.default"], IpPermissions=OPEN_RULE)


@mutation("update subnet.workload-a public_addresses", calls="ec2.ModifySubnetAttribute")
def public_addresses_in_the_workload(site: Site) -> None:
    site.ec2.modify_subnet_attribute(SubnetId=site["subnet.workload-a"], MapPublicIpOnLaunch={"Value": True})


@mutation("update managed_prefix_list.exchange.api entries max_entries", calls="ec2.ModifyManagedPrefixList ec2.ModifyManagedPrefixList")
def prefix_list_entry_more(site: Site) -> None:
    prefix_list = site["managed_prefix_list.exchange.api"]
    site.ec2.modify_managed_prefix_list(PrefixListId=prefix_list, MaxEntries=2)
    version = site.item("managed_prefix_list.exchange.api")["Version"]
    site.ec2.modify_managed_prefix_list(PrefixListId=prefix_list, CurrentVersion=version, AddEntries=[{"Cidr": "198.51.100.0/24"}])


@mutation("update managed_prefix_list.exchange.api entries", calls="ec2.ModifyManagedPrefixList")
def prefix_list_entry_swapped(site: Site) -> None:
    found = site.item("managed_prefix_list.exchange.api")
    site.ec2.modify_managed_prefix_list(
        PrefixListId=found["PrefixListId"],
        CurrentVersion=found["Version"],
        AddEntries=[{"Cidr": "198.51.100.0/24"}],
        RemoveEntries=[{"Cidr": "172.31.40.0/24"}],
    )


@mutation("create flow_log.main", calls="ec2.CreateFlowLogs")
def flow_log_gone(site: Site) -> None:
    site.ec2.delete_flow_logs(FlowLogIds=[site["flow_log.main"]])


@mutation("update log_group.flow-logs retention_days", calls="logs.PutRetentionPolicy")
def logs_kept_shorter(site: Site) -> None:
    site.cloud.logs.put_retention_policy(logGroupName=GROUP, retentionInDays=1)


@mutation("update log_group.flow-logs retention_days", calls="logs.PutRetentionPolicy")
def logs_kept_for_ever(site: Site) -> None:
    site.cloud.logs.delete_retention_policy(logGroupName=GROUP)


@mutation("update role.flow-logs policy", calls="iam.PutRolePolicy")
def role_may_more(site: Site) -> None:
    policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    site.cloud.iam.put_role_policy(RoleName=ROLE, PolicyName="platform", PolicyDocument=json.dumps(policy))


@mutation("update role.flow-logs policy", calls="iam.PutRolePolicy")
def role_may_nothing(site: Site) -> None:
    site.cloud.iam.delete_role_policy(RoleName=ROLE, PolicyName="platform")


@mutation("update role.flow-logs other_policies", calls="iam.DeleteRolePolicy")
def role_policy_added(site: Site) -> None:
    policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    site.cloud.iam.put_role_policy(RoleName=ROLE, PolicyName="back-door", PolicyDocument=json.dumps(policy))


@mutation("update role.flow-logs attached", calls="iam.DetachRolePolicy")
def role_is_administrator(site: Site) -> None:
    site.cloud.iam.attach_role_policy(RoleName=ROLE, PolicyArn=ADMINISTRATOR)


@mutation("update role.flow-logs trust", calls="iam.UpdateAssumeRolePolicy")
def role_for_others(site: Site) -> None:
    trust = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": "210987654321"}, "Action": "sts:AssumeRole"}]}
    site.cloud.iam.update_assume_role_policy(RoleName=ROLE, PolicyDocument=json.dumps(trust))


@mutation("update subnet.workload-a tags", calls="ec2.CreateTags")
def another_name(site: Site) -> None:
    site.ec2.create_tags(Resources=[site["subnet.workload-a"]], Tags=[{"Key": "Name", "Value": "mine"}])


@mutation("update subnet.workload-a tags", calls="ec2.CreateTags")
def another_environment(site: Site) -> None:
    site.ec2.create_tags(Resources=[site["subnet.workload-a"]], Tags=[{"Key": "fintech.platform/environment", "Value": "test"}])


@mutation("update vpc.main tags", calls="ec2.CreateTags")
def name_tag_gone(site: Site) -> None:
    site.ec2.delete_tags(Resources=[site["vpc.main"]], Tags=[{"Key": "Name"}])


@mutation("update role.flow-logs tags", "update log_group.flow-logs tags", calls="iam.TagRole logs.TagResource")
def tags_outside_of_ec2(site: Site) -> None:
    site.cloud.iam.untag_role(RoleName=ROLE, TagKeys=["Name"])
    site.cloud.logs.untag_log_group(logGroupName=GROUP, tags=["Name"])


MUTATIONS = [each for each in list(vars().values()) if isinstance(each, Mutation)]
