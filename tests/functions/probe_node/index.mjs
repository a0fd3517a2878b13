// The Node twin of the Python probe, as far as the tests need it.

import { randomUUID } from "node:crypto";

const instance = randomUUID();
let calls = 0;

const actions = {
  echo: async (event) => event.value,
  where: async () => ({ instance, calls: ++calls }),
  fail: async (event) => {
    throw new RangeError(event.message);
  },
  environment: async () => ({ ...process.env }),
  say: async (event) => {
    console.log(event.out);
    console.error(event.err);
    return "said";
  },
  about: async (_event, context) => ({
    awsRequestId: context.awsRequestId,
    functionName: context.functionName,
    invokedFunctionArn: context.invokedFunctionArn,
    logGroupName: context.logGroupName,
    memoryLimitInMB: context.memoryLimitInMB,
    hasTimeLeft: context.getRemainingTimeInMillis() > 0,
  }),
};

export const handler = (event, context) => actions[event.do ?? "echo"](event, context);
