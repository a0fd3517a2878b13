// The AWS SDK for JavaScript from where the test run installed it, configured by the environment.

import { createRequire } from "node:module";

const require = createRequire(`${process.env.FOGBANK_TEST_MODULES}/`);

export const load = (name) => require(`@aws-sdk/${name}`);

// Calls the operation named by a command class: `call(client, iam.GetUserCommand, {...})`.
export const call = (client, Command, input) => client.send(new Command(input));


// Repeats `probe` until it answers something: for what happens in the background.
export async function eventually(probe, what) {
  for (let tries = 0; tries < 200; tries += 1) {
    const found = await probe();
    if (found) return found;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`did not happen: ${what}`);
}
