"""Everything that an administrator can see of an account, to compare before and after."""

# What changes by itself or by being looked at.
VOLATILE = {
    "ResponseMetadata",
    "RoleLastUsed",
    "AccessKeyLastUsed",
    "PasswordLastUsed",
    "storedBytes",
    "lastIngestionTime",
    "lastEventTimestamp",
    "firstEventTimestamp",
    "uploadSequenceToken",
    "Location",
    "nextToken",
    "nextForwardToken",
    "nextBackwardToken",
    "searchedLogStreams",
    "TableSizeBytes",
    "ItemCount",
    "position",
}


def stable(value):
    if isinstance(value, dict):
        return {key: stable(item) for key, item in value.items() if key not in VOLATILE}
    if isinstance(value, list):
        return [stable(item) for item in value]
    return value


def tables(dynamodb) -> dict:
    names = dynamodb.get_paginator("list_tables").paginate().build_full_result()["TableNames"]
    found = {}
    for name in names:
        described = dynamodb.describe_table(TableName=name)["Table"]
        items = dynamodb.get_paginator("scan").paginate(TableName=name).build_full_result()["Items"]
        tags = dynamodb.list_tags_of_resource(ResourceArn=described["TableArn"])["Tags"]
        ttl = dynamodb.describe_time_to_live(TableName=name)["TimeToLiveDescription"]
        key = [part["AttributeName"] for part in described["KeySchema"]]
        items.sort(key=lambda item: [str(item[name]) for name in key])
        found[name] = [described, items, tags, ttl]
    return found


def functions(lambda_) -> dict:
    found = {}
    for function in lambda_.get_paginator("list_functions").paginate().build_full_result()["Functions"]:
        name = function["FunctionName"]
        try:
            policy = lambda_.get_policy(FunctionName=name)["Policy"]
        except lambda_.exceptions.ResourceNotFoundException:
            policy = None
        found[name] = [
            lambda_.get_function(FunctionName=name),
            policy,
            lambda_.list_versions_by_function(FunctionName=name)["Versions"],
            lambda_.list_aliases(FunctionName=name)["Aliases"],
            lambda_.get_function_concurrency(FunctionName=name),
        ]
    return found


def apis(gateway) -> dict:
    found = {}
    for api in gateway.get_paginator("get_rest_apis").paginate().build_full_result().get("items", []):
        at = {"restApiId": api["id"]}
        found[api["id"]] = [
            api,
            gateway.get_resources(**at, embed=["methods"])["items"],
            gateway.get_stages(**at).get("item"),
            gateway.get_deployments(**at).get("items"),
            gateway.get_models(**at).get("items"),
            gateway.get_request_validators(**at).get("items"),
            gateway.get_gateway_responses(**at).get("items"),
            gateway.get_authorizers(**at).get("items"),
            gateway.get_documentation_parts(**at).get("items"),
            gateway.get_documentation_versions(**at).get("items"),
        ]
    plans = gateway.get_usage_plans().get("items", [])
    domains = gateway.get_domain_names().get("items", [])
    return found | {
        "account": gateway.get_account(),
        "keys": gateway.get_api_keys(includeValues=True).get("items"),
        "plans": [(plan, gateway.get_usage_plan_keys(usagePlanId=plan["id"]).get("items")) for plan in plans],
        "links": gateway.get_vpc_links().get("items"),
        "domains": [
            (domain, gateway.get_base_path_mappings(domainName=domain["domainName"]).get("items"))
            for domain in domains
        ],
    }


def http_apis(gateway) -> dict:
    found = {}
    for api in gateway.get_apis()["Items"]:
        at = {"ApiId": api["ApiId"]}
        found[api["ApiId"]] = [
            api,
            gateway.get_routes(**at)["Items"],
            gateway.get_integrations(**at)["Items"],
            gateway.get_authorizers(**at)["Items"],
            gateway.get_stages(**at)["Items"],
            gateway.get_deployments(**at)["Items"],
            gateway.get_models(**at)["Items"],
        ]
    domains = gateway.get_domain_names()["Items"]
    return found | {
        "links": gateway.get_vpc_links()["Items"],
        "domains": [
            (domain, gateway.get_api_mappings(DomainName=domain["DomainName"])["Items"]) for domain in domains
        ],
    }


def identities(iam) -> dict:
    def full(operation, key, **arguments):
        return iam.get_paginator(operation).paginate(**arguments).build_full_result()[key]

    found = {}
    for user in full("list_users", "Users"):
        at = {"UserName": user["UserName"]}
        inline = full("list_user_policies", "PolicyNames", **at)
        found["user", user["UserName"]] = [
            iam.get_user(**at),
            full("list_access_keys", "AccessKeyMetadata", **at),
            full("list_attached_user_policies", "AttachedPolicies", **at),
            full("list_groups_for_user", "Groups", **at),
            [iam.get_user_policy(**at, PolicyName=policy) for policy in inline],
        ]
    for role in full("list_roles", "Roles"):
        at = {"RoleName": role["RoleName"]}
        inline = full("list_role_policies", "PolicyNames", **at)
        found["role", role["RoleName"]] = [
            iam.get_role(**at),
            full("list_attached_role_policies", "AttachedPolicies", **at),
            [iam.get_role_policy(**at, PolicyName=policy) for policy in inline],
        ]
    for group in full("list_groups", "Groups"):
        at = {"GroupName": group["GroupName"]}
        inline = full("list_group_policies", "PolicyNames", **at)
        found["group", group["GroupName"]] = [
            iam.get_group(**at),
            full("list_attached_group_policies", "AttachedPolicies", **at),
            [iam.get_group_policy(**at, PolicyName=policy) for policy in inline],
        ]
    for policy in full("list_policies", "Policies", Scope="Local"):
        at = {"PolicyArn": policy["Arn"]}
        versions = full("list_policy_versions", "Versions", **at)
        found["policy", policy["Arn"]] = [
            iam.get_policy(**at),
            versions,
            [iam.get_policy_version(**at, VersionId=version["VersionId"]) for version in versions],
        ]
    return found | {"aliases": iam.list_account_aliases()["AccountAliases"]}


def log_groups(logs) -> dict:
    found = {}
    for group in logs.get_paginator("describe_log_groups").paginate().build_full_result()["logGroups"]:
        at = {"logGroupName": group["logGroupName"]}
        streams = logs.get_paginator("describe_log_streams").paginate(**at).build_full_result()["logStreams"]
        events = logs.get_paginator("filter_log_events").paginate(**at).build_full_result()["events"]
        found[group["logGroupName"]] = [
            group,
            streams,
            events,
            logs.list_tags_for_resource(resourceArn=group["logGroupArn"]),
        ]
    return found


def everything(clients) -> dict:
    """All services' resources with all their details, without what is volatile."""
    found = {
        "dynamodb": tables(clients.dynamodb),
        "lambda": functions(clients.lambda_),
        "apigateway": apis(clients.apigateway),
        "apigatewayv2": http_apis(clients.of("apigatewayv2")),
        "iam": identities(clients.iam),
        "logs": log_groups(clients.logs),
    }
    return {service: stable(resources) for service, resources in found.items()}
