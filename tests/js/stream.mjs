// Invokes a function with a response stream: prints the chunks and the version that ran.

import { load } from "./sdk.mjs";

const { LambdaClient, InvokeWithResponseStreamCommand } = load("client-lambda");
const client = new LambdaClient({});
const answer = await client.send(
  new InvokeWithResponseStreamCommand({ FunctionName: process.argv[2], Payload: "{}" }),
);
const chunks = [];
for await (const event of answer.EventStream) {
  if (event.PayloadChunk) chunks.push(new TextDecoder().decode(event.PayloadChunk.Payload));
}
console.log(JSON.stringify({ chunks, version: answer.ExecutedVersion }));
