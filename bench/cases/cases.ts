import { expecting, type NextJob } from '../driver/load.ts';
import { Turns } from './turns.ts';
import type { World } from './world.ts';

/** One kind of request, measured by itself. */
export interface Case {
  name: string;
  /** what the table calls it */
  title: string;
  /** changes something, so that there are events */
  writes: boolean;
  /** changes who is active, so that the ledger gets lines */
  changesSeats: boolean;
  /** users that must exist before it is measured at so many connections */
  users(connections: number): number;
  /** Gets everything ready and gives the source of its requests, which are used for the warm-up and all rounds. */
  prepare(world: World, connections: number): Promise<NextJob>;
}

const READ = 1_000;
const FLIPPED = 1_000;
const MEMBERS = 1_000;

const create: Case = {
  name: 'create',
  title: 'create a user',
  writes: true,
  changesSeats: true,
  users: () => 0,
  prepare: async (world) => () => {
    const who = world.nextPerson();
    return {
      request: world.requests.createUser(who),
      answered: expecting([201], who.login, () => {
        world.active++;
      }),
    };
  },
};

const get: Case = {
  name: 'get',
  title: 'get a user by id',
  writes: false,
  changesSeats: false,
  users: () => READ,
  prepare: async (world) => {
    const next = cycle(world.users.slice(0, READ));
    return () => {
      const { value, display } = next();
      return { request: world.requests.readUser(value), answered: expecting([200], display) };
    };
  },
};

const lookup: Case = {
  name: 'lookup',
  title: 'find a user by userName',
  writes: false,
  changesSeats: false,
  users: () => READ,
  prepare: async (world) => {
    const next = cycle(world.users.slice(0, READ));
    return () => {
      const { value, display } = next();
      return { request: world.requests.findUser(display), answered: expecting([200], value) };
    };
  },
};

const deactivate: Case = {
  name: 'deactivate',
  title: 'deactivate a user',
  writes: true,
  changesSeats: true,
  users: () => FLIPPED,
  prepare: async (world) => {
    const turns = new Turns(world.users.slice(0, FLIPPED), ({ value }) => !world.inactive.has(value));
    return () => {
      const { thing, on, done } = turns.next();
      const answered = expecting([200, 204], '', () => {
        world.setActive(thing, on);
        done();
      });
      return { request: world.requests.setActive(thing.value, on), answered };
    };
  },
};

/** All connections change one group, each with other members: what Okta does when it pushes a large group. */
function groupPatch(name: string, title: string, size: number): Case {
  const batches = (connections: number) => 2 * connections;
  return {
    name,
    title,
    writes: true,
    changesSeats: false,
    users: (connections) => MEMBERS + size * batches(connections),
    prepare: async (world, connections) => {
      const movers = Array.from({ length: batches(connections) }, (_, index) => {
        const from = MEMBERS + index * size;
        return world.users.slice(from, from + size);
      });
      const isMember = (_: unknown, index: number) => index % 2 === 0;
      const members = [...world.users.slice(0, MEMBERS), ...movers.filter(isMember).flat()];
      const group = await world.createGroup(`Bench ${name} at ${connections}`, members);
      const turns = new Turns(movers, isMember);
      return () => {
        const { thing, on, done } = turns.next();
        const { requests } = world;
        return {
          request: on ? requests.addMembers(group, thing) : requests.removeMembers(group, thing),
          answered: expecting([200, 204], '', done),
        };
      };
    },
  };
}

/** In the order they are measured. */
export const CASES: readonly Case[] = [
  create,
  get,
  lookup,
  deactivate,
  groupPatch('group-1', 'change 1 member of a group', 1),
  groupPatch('group-100', 'change 100 members of a group', 100),
];

function cycle<T>(things: readonly T[]): () => T {
  let at = 0;
  return () => {
    const thing = things[at++ % things.length];
    if (thing === undefined) throw new Error('there is nothing to choose from');
    return thing;
  };
}
