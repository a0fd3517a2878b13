// The microservice with the JavaScript SDK v3: made, used, read back and cleaned up.
// Arguments: a name for everything, the path of a function's zip, its runtime and its handler.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { call, eventually, load } from "./sdk.mjs";

const [name, zip, runtime, handler] = process.argv.slice(2);
const iam = load("client-iam");
const lambda = load("client-lambda");
const dynamodb = load("client-dynamodb");
const documents = load("lib-dynamodb");
const gateway = load("client-api-gateway");
const logs = load("client-cloudwatch-logs");
const sts = load("client-sts");

const clients = {
  iam: new iam.IAMClient({}),
  lambda: new lambda.LambdaClient({}),
  dynamodb: new dynamodb.DynamoDBClient({}),
  gateway: new gateway.APIGatewayClient({}),
  logs: new logs.CloudWatchLogsClient({}),
  sts: new sts.STSClient({}),
};
const region = process.env.AWS_REGION;
const allow = (service, principal) => ({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: service, ...principal }],
});

const me = await call(clients.sts, sts.GetCallerIdentityCommand, {});
assert.equal(me.Account, "000000000000");

const { Policy } = await call(clients.iam, iam.CreatePolicyCommand, {
  PolicyName: name,
  PolicyDocument: JSON.stringify(allow(["dynamodb:*", "logs:*"], { Resource: "*" })),
});
const { Role } = await call(clients.iam, iam.CreateRoleCommand, {
  RoleName: name,
  AssumeRolePolicyDocument: JSON.stringify(allow("sts:AssumeRole", { Principal: { Service: "lambda.amazonaws.com" } })),
});
await call(clients.iam, iam.AttachRolePolicyCommand, { RoleName: name, PolicyArn: Policy.Arn });

const created = await call(clients.lambda, lambda.CreateFunctionCommand, {
  FunctionName: name,
  Role: Role.Arn,
  Runtime: runtime,
  Handler: handler,
  Timeout: 30,
  Code: { ZipFile: await readFile(zip) },
});
assert.equal(created.State, "Pending");
await lambda.waitUntilFunctionActiveV2({ client: clients.lambda, maxWaitTime: 60, minDelay: 1 }, { FunctionName: name });

const invoke = async (event) => {
  const answer = await call(clients.lambda, lambda.InvokeCommand, { FunctionName: name, Payload: JSON.stringify(event) });
  assert.equal(answer.StatusCode, 200);
  return JSON.parse(answer.Payload.transformToString());
};
assert.equal(await invoke({ operation: "ping" }), "pong");

await call(clients.dynamodb, dynamodb.CreateTableCommand, {
  TableName: name,
  AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
  KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
  BillingMode: "PAY_PER_REQUEST",
});
await dynamodb.waitUntilTableExists({ client: clients.dynamodb, maxWaitTime: 60, minDelay: 1 }, { TableName: name });

const api = await call(clients.gateway, gateway.CreateRestApiCommand, { name });
const resource = await call(clients.gateway, gateway.CreateResourceCommand, {
  restApiId: api.id,
  parentId: api.rootResourceId,
  pathPart: "DynamoDBManager",
});
const at = { restApiId: api.id, resourceId: resource.id, httpMethod: "POST" };
await call(clients.gateway, gateway.PutMethodCommand, { ...at, authorizationType: "NONE" });
await call(clients.gateway, gateway.PutIntegrationCommand, {
  ...at,
  type: "AWS",
  integrationHttpMethod: "POST",
  uri: `arn:aws:apigateway:${region}:lambda:path/2015-03-31/functions/${created.FunctionArn}/invocations`,
});
await call(clients.gateway, gateway.PutMethodResponseCommand, { ...at, statusCode: "200" });
await call(clients.gateway, gateway.PutIntegrationResponseCommand, { ...at, statusCode: "200" });
await call(clients.gateway, gateway.CreateDeploymentCommand, { restApiId: api.id, stageName: "test" });

const url = `${process.env.AWS_ENDPOINT_URL}/restapis/${api.id}/test/_user_request_/DynamoDBManager`;
const post = async (event) => {
  const answer = await fetch(url, { method: "POST", body: JSON.stringify(event) });
  return [answer.status, await answer.json()];
};
assert.deepEqual(await post({ operation: "ping" }), [500, { message: "Internal server error" }], "not permitted yet");
await call(clients.lambda, lambda.AddPermissionCommand, {
  FunctionName: name,
  StatementId: "gateway",
  Action: "lambda:InvokeFunction",
  Principal: "apigateway.amazonaws.com",
  SourceArn: `arn:aws:execute-api:${region}:${me.Account}:${api.id}/*/POST/DynamoDBManager`,
});
assert.deepEqual(await post({ operation: "ping" }), [200, "pong"]);

const Item = { id: "js", number: 5, list: ["a", { b: null }] };
const [status] = await post({ operation: "create", tableName: name, payload: { Item } });
assert.equal(status, 200);
const documentClient = documents.DynamoDBDocumentClient.from(clients.dynamodb);
const stored = await call(documentClient, documents.GetCommand, { TableName: name, Key: { id: "js" } });
assert.deepEqual(stored.Item, Item);
const tested = await call(clients.gateway, gateway.TestInvokeMethodCommand, {
  ...at,
  body: JSON.stringify({ operation: "read", tableName: name, payload: { Key: { id: "js" } } }),
});
assert.equal(tested.status, 200);
assert.deepEqual(JSON.parse(tested.body).Item, Item);

const reports = await eventually(async () => {
  const logGroupName = `/aws/lambda/${name}`;
  const { events } = await call(clients.logs, logs.FilterLogEventsCommand, { logGroupName, filterPattern: "REPORT" });
  return events.length >= 4 && events;
}, "REPORT lines of the invocations");
assert.ok(reports.every((event) => event.message.startsWith("REPORT RequestId: ")));

// Clean up, in the order in which nothing is in the way.
await call(clients.gateway, gateway.DeleteRestApiCommand, { restApiId: api.id });
await call(clients.lambda, lambda.DeleteFunctionCommand, { FunctionName: name });
await call(clients.dynamodb, dynamodb.DeleteTableCommand, { TableName: name });
await call(clients.logs, logs.DeleteLogGroupCommand, { logGroupName: `/aws/lambda/${name}` });
await call(clients.iam, iam.DetachRolePolicyCommand, { RoleName: name, PolicyArn: Policy.Arn });
await call(clients.iam, iam.DeleteRoleCommand, { RoleName: name });
await call(clients.iam, iam.DeletePolicyCommand, { PolicyArn: Policy.Arn });

const refusals = [
  [clients.iam, iam.GetRoleCommand, { RoleName: name }, iam.NoSuchEntityException, 404],
  [clients.lambda, lambda.GetFunctionCommand, { FunctionName: name }, lambda.ResourceNotFoundException, 404],
  [clients.gateway, gateway.GetRestApiCommand, { restApiId: api.id }, gateway.NotFoundException, 404],
  [clients.dynamodb, dynamodb.GetItemCommand, { TableName: name, Key: { id: { S: "js" } } }, dynamodb.ResourceNotFoundException, 400],
];
for (const [client, Command, input, Refusal, expected] of refusals) {
  await assert.rejects(call(client, Command, input), (error) => {
    assert.ok(error instanceof Refusal, error.name);
    assert.equal(error.$metadata.httpStatusCode, expected);
    return true;
  });
}
console.log(JSON.stringify({ done: name }));
