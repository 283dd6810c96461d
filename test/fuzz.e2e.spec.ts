import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { fuzz } from './fuzz/run.ts';
import { type System, startSystem } from './harness/system.ts';

const REQUESTS = 2_000;
const PATIENCE_MS = 240_000;

let system: System;

beforeAll(async () => {
  system = await startSystem();
});
afterAll(() => system.stop());

it(
  `${REQUESTS} schema-shaped random requests get SCIM answers, none of them a failure of ours`,
  async () => {
    const { problems, statuses } = await fuzz(system, { requests: REQUESTS, seed: 20_260_701, clients: 4 });
    expect(problems).toEqual([]);
    expect(Object.keys(statuses)).toEqual(expect.arrayContaining(['200', '201', '204', '400', '404']));
  },
  PATIENCE_MS,
);
