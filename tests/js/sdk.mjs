// The AWS SDK for JavaScript from where the test run installed it, configured by the environment.

import { createRequire } from "node:module";

const require = createRequire(`${process.env.FOGBANK_TEST_MODULES}/`);

export const load = (name) => require(`@aws-sdk/${name}`);

// Calls the operation named by a command class: `call(client, iam.GetUserCommand, {...})`.
export const call = (client, Command, input) => client.send(new Command(input));

