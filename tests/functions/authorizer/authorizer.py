"""An authorizer that does as its token says."""

import json, uuid

def handler(event, context):
    token = event.get("authorizationToken") or (event.get("headers") or {}).get("X-Who", "")
    if token == "unauthorized":
        raise Exception("Unauthorized")
    if token == "broken":
        return {"principalId": "x"}
    effect = "Deny" if token == "deny" else "Allow"
    resource = event["methodArn"] if token == "only-this" else "*"
    if token == "silent":
        resource = "arn:aws:execute-api:us-east-1:000000000000:other/*"
    if token == "nothing":
        resource = []
    return {
        "principalId": "user|" + token,
        "policyDocument": {
            "Version": "2012-10-17",
            "Statement": [{"Action": "execute-api:Invoke", "Effect": effect, "Resource": resource}],
        },
        "context": {"call": str(uuid.uuid4()), "number": 7, "flag": True, "seen": json.dumps(sorted(event))},
        "usageIdentifierKey": "key-of-" + token + "-0123456789",
    }
