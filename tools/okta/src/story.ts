import { OktaApp } from './app.ts';
import { seatsInUse } from './billing.ts';
import type { Connection } from './connection.ts';
import { type EventuallyOptions, eventually } from './eventually.ts';
import { OktaGroups, type PushedGroup } from './groups.ts';
import { isJsonObject, type JsonObject } from './json.ts';
import type { MakeLocalGroup } from './local-group.ts';
import { type Person, people } from './people.ts';
import { OktaTask } from './task.ts';
import { type Exchange, ScimTransport } from './transport.ts';

export interface StoryOptions {
  connection: Connection;
  write: (line: string) => void;
  onExchange?: (exchange: Exchange) => void;
  /** Called after the requests of each step and before its verdict. */
  onStepEnd?: () => void;
  /** Without it the step that links a local group is left out. */
  makeLocalGroup?: MakeLocalGroup | undefined;
  /** Why there is none, in words, for the line that says so. */
  noLocalGroup?: string | undefined;
  /** Goes into logins and names, so the story can be told again to the same system. ASCII letters and digits. */
  run?: string;
  /** People in the assigned group, 40 at least; 200 unless told. */
  groupSize?: number;
  patience?: EventuallyOptions;
}

export interface StoryResult {
  steps: number;
  /** Titles of the steps that did not give what they should. */
  failed: string[];
  leftOut: string[];
}

interface Step {
  title: string;
  /** Seats in use above the start when the step is done. */
  seats: (soFar: number) => number;
  /** The steps after this one make no sense when it fails. */
  essential?: boolean;
  leaveOut?: string | undefined;
  tell: () => Promise<void>;
}

const localSeats = 2;
const joining = 10;
const leaving = 30;
const returning = 10;

/**
 * Tells the customer's set-up article to a running system, step by step, and holds the seats in use against what
 * each step should give, relative to the start. Every step is told even when one before it failed, except after an
 * essential one (credentials, the group's people).
 */
export async function tellStory(options: StoryOptions): Promise<StoryResult> {
  const { connection, write } = options;
  const readSeats = (): Promise<number> => seatsInUse(connection);
  const start = await readSeats();
  write(`seats in use at the start: ${start}`);
  const result: StoryResult = { steps: 0, failed: [], leftOut: [] };
  const transports: ScimTransport[] = [];
  try {
    let seats = 0;
    for (const [index, step] of story(options, transports).entries()) {
      const title = `${index + 1}. ${step.title}`;
      write('');
      write(title);
      if (step.leaveOut !== undefined) {
        write(`   left out: ${step.leaveOut}`);
        result.leftOut.push(step.title);
        continue;
      }
      result.steps++;
      seats = step.seats(seats);
      const wrong = await problems(step, start + seats, readSeats, options);
      for (const problem of wrong) write(`   WRONG: ${problem}`);
      if (wrong.length === 0) continue;
      result.failed.push(step.title);
      if (step.essential) {
        write('   the story cannot go on without it');
        break;
      }
    }
  } finally {
    for (const transport of transports) transport.close();
  }
  write('');
  write(summary(result));
  return result;
}

async function problems(
  step: Step,
  expected: number,
  readSeats: () => Promise<number>,
  options: StoryOptions,
): Promise<string[]> {
  const wrong: string[] = [];
  try {
    await step.tell();
  } catch (error) {
    wrong.push(error instanceof Error ? error.message : String(error));
  }
  options.onStepEnd?.();
  try {
    const inUse = await eventually(readSeats, (now) => now === expected, options.patience);
    options.write(`   seats in use: ${inUse}`);
    if (inUse !== expected) wrong.push(`${expected} seats should be in use`);
  } catch (error) {
    wrong.push(error instanceof Error ? error.message : String(error));
  }
  return wrong;
}

function summary({ steps, failed, leftOut }: StoryResult): string {
  const left = leftOut.length > 0 ? `, ${leftOut.length} left out` : '';
  if (failed.length === 0) return `all ${steps} steps gave what they should${left}`;
  return `${failed.length} of ${steps} steps did not give what they should${left}: ${failed.join('; ')}`;
}

/** The steps in order. What one step makes, a later one uses; a step whose input is missing fails by itself. */
function story(options: StoryOptions, transports: ScimTransport[]): Step[] {
  const { connection, onExchange, makeLocalGroup } = options;
  const run = options.run ?? Date.now().toString(36);
  const size = options.groupSize ?? 200;
  const open = (token: string): ScimTransport => {
    const transport = new ScimTransport({
      baseUrl: connection.scimBaseUrl,
      credentials: { mode: 'basic', username: connection.username, token },
      ...(onExchange === undefined ? {} : { onExchange }),
    });
    transports.push(transport);
    return transport;
  };
  const transport = open(connection.token);
  const stranger = new OktaApp({ transport: open(`${connection.token}-wrong`), style: 'catalogue' });
  const catalogue = new OktaApp({ transport, style: 'catalogue' });
  const custom = new OktaApp({ transport, style: 'custom', spaces: '+' });
  const groups = new OktaGroups({ app: catalogue });

  const [first, ...team] = people(size + 1, run) as [Person, ...Person[]];
  const locals = people(localSeats, `local-${run}`);
  const renamed: Person = { ...first, familyName: 'Newname', displayName: `${first.givenName} Newname` };
  const groupName = `Okta Team ${run}`;
  const newName = `Okta Team ${run} renamed`;
  const localName = `Local Team ${run}`;
  let pushed: PushedGroup | undefined;
  let linked: PushedGroup | undefined;
  const same = (seats: number): number => seats;

  return [
    {
      title: 'wrong credentials say no',
      seats: same,
      tell: async () => {
        const refusal = await refused(stranger.testCredentials());
        expectThat(refusal.status === 401, `401 was expected, ${refusal.status} came: ${refusal.detail}`);
      },
    },
    {
      title: 'right credentials say yes',
      seats: same,
      essential: true,
      tell: () => catalogue.testCredentials(),
    },
    {
      title: 'a person is created',
      seats: (seats) => seats + 1,
      essential: true,
      tell: async () => {
        const { how } = await catalogue.assign(first);
        expectThat(how === 'created', 'the person was there already');
      },
    },
    {
      title: 'the person is updated: found and linked by PUT, profile by PUT, password by PATCH',
      seats: same,
      tell: async () => {
        const { id, how } = await custom.assign(first);
        expectThat(how === 'linked' && id === catalogue.idOf(first), 'the person was not found again');
        await custom.update(renamed);
        await catalogue.pushPassword(first, `${run}-another`);
        const found = await custom.findUser(first.login);
        const familyName = isJsonObject(found?.name) ? found.name.familyName : undefined;
        expectThat(familyName === renamed.familyName, `familyName is ${JSON.stringify(familyName)}`);
      },
    },
    {
      title: 'the person is deactivated (PATCH)',
      seats: (seats) => seats - 1,
      tell: async () => {
        await catalogue.deactivate(first);
        const found = await catalogue.findUser(first.login);
        expectThat(found?.active === false, 'an inactive user must be found by the lookup, with active false');
      },
    },
    {
      title: 'the person is reactivated (PATCH), and once more each way by PUT',
      seats: (seats) => seats + 1,
      tell: async () => {
        await catalogue.reactivate(first);
        await custom.deactivate(renamed);
        await custom.reactivate(renamed);
      },
    },
    {
      title: `an Okta group of ${size} is assigned: users, and no group`,
      seats: (seats) => seats + size,
      essential: true,
      tell: async () => {
        const { assigned, tasks } = await catalogue.assignGroup(team);
        const [task] = tasks;
        if (task !== undefined)
          throw new Error(`${tasks.length} of ${size} on the Tasks page, the first: ${task.message}`);
        const linkedPeople = assigned.filter(({ how }) => how === 'linked').length;
        expectThat(linkedPeople === 0, `${linkedPeople} people were there already`);
        expectThat((await groups.findGroup(groupName)) === undefined, 'a group was made');
      },
    },
    {
      title: `the group is pushed with its ${size} members, 100 at a time`,
      seats: same,
      tell: async () => {
        pushed = await groups.pushGroup({ name: groupName, members: team });
        expectThat(pushed.how === 'created', 'the group was there already');
        expectMembers(await groups.readGroup(pushed.id), ids(catalogue, team));
      },
    },
    {
      title: 'the group is renamed',
      seats: same,
      tell: async () => {
        const group = made(pushed, 'group');
        await groups.renameGroup(group, newName);
        const now = await groups.readGroup(group.id);
        expectThat(now.displayName === newName, `the group is called ${JSON.stringify(now.displayName)}`);
        expectMembers(now, ids(catalogue, team));
      },
    },
    {
      title: `a group that exists here already is pushed: linked, ${joining} join, ${localSeats} stay`,
      seats: (seats) => seats + localSeats,
      leaveOut: makeLocalGroup === undefined ? (options.noLocalGroup ?? 'no way to make a local group') : undefined,
      tell: async () => {
        await makeLocalGroup?.(localName, locals);
        linked = await groups.pushGroup({ name: localName, members: team.slice(0, joining) });
        expectThat(linked.how === 'linked', 'the local group was not found by the lookup');
        const stayed = await localIds(catalogue, locals);
        const now = await groups.readGroup(linked.id);
        expectMembers(now, [...stayed, ...ids(catalogue, team.slice(0, joining))]);
      },
    },
    {
      title: 'the groups are unlinked and deleted in Okta: the pushed one is gone, a linked one is local again',
      seats: same,
      tell: async () => {
        const group = made(pushed, 'group');
        await groups.unlinkGroup(group, { deleteGroup: true });
        const gone = await refused(groups.readGroup(group.id));
        expectThat(gone.status === 404, `404 was expected, ${gone.status} came`);
        if (makeLocalGroup === undefined) return;
        const local = made(linked, 'linked group');
        await groups.unlinkGroup(local, { deleteGroup: true });
        const found = await groups.findGroup(localName);
        expectThat(found?.id === local.id, 'the linked group is not there any more');
        expectMembers(await groups.readGroup(local.id), await localIds(catalogue, locals));
      },
    },
    {
      title: `${leaving} people are deactivated, ${returning} of them reactivated`,
      seats: (seats) => seats - leaving + returning,
      tell: async () => {
        for (const who of team.slice(0, leaving)) await catalogue.deactivate(who);
        for (const who of team.slice(0, returning)) await catalogue.reactivate(who);
      },
    },
  ];
}

function expectThat(holds: boolean, otherwise: string): void {
  if (!holds) throw new Error(otherwise);
}

function made<T>(thing: T | undefined, what: string): T {
  if (thing === undefined) throw new Error(`an earlier step did not make the ${what}`);
  return thing;
}

async function refused(request: Promise<unknown>): Promise<OktaTask> {
  try {
    await request;
  } catch (error) {
    if (error instanceof OktaTask) return error;
    throw error;
  }
  throw new Error('the request was answered with success');
}

function ids(app: OktaApp, members: readonly Person[]): string[] {
  return members.map((who) => app.idOf(who));
}

/** A local person is found by the lookup like any other; Okta has no id for them. */
async function localIds(app: OktaApp, locals: readonly Person[]): Promise<string[]> {
  const found: string[] = [];
  for (const who of locals) found.push(made(await app.findUser(who.login), `local user ${who.login}`).id);
  return found;
}

/** Exactly these, in any order, none twice. */
function expectMembers(group: JsonObject, expected: readonly string[]): void {
  const listed: unknown[] = Array.isArray(group.members) ? group.members : [];
  const values = new Set(listed.map((member) => (isJsonObject(member) ? member.value : undefined)));
  const missing = expected.filter((id) => !values.has(id)).length;
  const problem = `the group has ${listed.length} members, ${expected.length} were expected, ${missing} of them are missing`;
  expectThat(missing === 0 && listed.length === expected.length, problem);
}
