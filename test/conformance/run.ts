import type { System, Team } from '../harness/system.ts';
import type { Case, Scenario, Section } from './case.ts';
import { perform } from './exchange.ts';
import type { Variables } from './variables.ts';

export interface Outcome {
  section: string;
  name: string;
  result: 'passed' | 'failed';
  /** what went wrong; absent when it passed */
  problem?: string;
}

/** Runs a section's cases in order on a fresh tenant. A case that fails does not keep the next from running. */
export async function runSection(system: Pick<System, 'createTeam'>, section: Section): Promise<Outcome[]> {
  const team = await system.createTeam(section.scope ?? 'users_and_groups');
  const shared: Variables = {};
  try {
    for (const { definition, resourceType } of section.schemas ?? [])
      await team.registerSchema(definition, resourceType);
    for (const entry of section.catalogue ?? []) await team.addEntitlement(entry);
    for (const step of section.before ?? []) await perform(team, step, shared, section.headers);
  } catch (error) {
    return [{ section: section.name, name: 'what must be there before', result: 'failed', problem: String(error) }];
  }
  const outcomes: Outcome[] = [];
  for (const [index, each] of section.cases.entries()) {
    const problem = await problemOf(() => runCase(team, section, each, { ...shared, n: String(index + 1) }));
    outcomes.push({
      section: section.name,
      name: each.name,
      result: problem === undefined ? 'passed' : 'failed',
      ...(problem !== undefined && { problem }),
    });
  }
  return outcomes;
}

async function runCase(team: Team, { headers }: Section, each: Case | Scenario, variables: Variables): Promise<void> {
  if ('run' in each) return each.run(team);
  for (const step of each.steps) await perform(team, step, variables, headers);
}

async function problemOf(work: () => Promise<void>): Promise<string | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
