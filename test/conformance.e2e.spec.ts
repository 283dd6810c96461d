import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { runSection } from './conformance/run.ts';
import { sections } from './conformance/sections.ts';
import { type System, startSystem } from './harness/system.ts';

/** a section is some hundred requests, and the machine may be busy */
const PATIENCE_MS = 240_000;

let system: System;

beforeAll(async () => {
  system = await startSystem();
});
afterAll(() => system.stop());

it.each(sections.map((section) => [section.name, section] as const))(
  '%s',
  async (_, section) => {
    const outcomes = await runSection(system, section);
    const failed = outcomes.filter(({ result }) => result === 'failed');
    expect(failed.map(({ name, problem }) => `${name}\n${problem}`)).toEqual([]);
  },
  PATIENCE_MS,
);
