import type { Member } from '../../tools/okta/src/groups.ts';
import { type Person, person } from '../../tools/okta/src/people.ts';
import { Connection } from '../driver/connection.ts';
import { expecting, type Job } from '../driver/load.ts';
import type { GroupName, OktaRequests } from '../driver/okta-requests.ts';

const SETUP_CONNECTIONS = 8;
/** Okta has been seen to send as many member changes in one request */
const MEMBERS_PER_REQUEST = 1_000;

/** What one server under test holds, as far as the load knows: what it made itself. */
export class World {
  /** users made before the measuring */
  readonly users: Member[] = [];
  /** how many users are active, and so how many seats are in use */
  active = 0;
  /** ids of those of `users` who are not active */
  readonly inactive = new Set<string>();
  private people = 0;

  constructor(
    readonly url: URL,
    readonly requests: OktaRequests,
  ) {}

  /** Somebody nobody has created yet. */
  nextPerson(): Person {
    return person(this.people++, 'bench');
  }

  /** Notes that one of `users` was answered to be so now. */
  setActive({ value }: Member, active: boolean): void {
    if (active) this.inactive.delete(value);
    else this.inactive.add(value);
    this.active += active ? 1 : -1;
  }

  /** Creates users until there are `count` to read and change. */
  async seed(count: number): Promise<void> {
    const jobs = Array.from({ length: Math.max(0, count - this.users.length) }, () => {
      const who = this.nextPerson();
      return {
        request: this.requests.createUser(who),
        answered: ({ status, body }) => {
          if (status !== 201) return `${status}: ${body.toString().slice(0, 200)}`;
          this.users.push({ value: idIn(body), display: who.login });
          this.active++;
          return undefined;
        },
      } satisfies Job;
    });
    await this.sendAll(jobs);
  }

  async createGroup(displayName: string, members: readonly Member[]): Promise<GroupName> {
    const group = { id: '', displayName };
    await this.sendAll([
      {
        request: this.requests.createGroup(displayName),
        answered: ({ status, body }) => {
          if (status !== 201) return `${status}: ${body.toString().slice(0, 200)}`;
          group.id = idIn(body);
          return undefined;
        },
      },
    ]);
    for (let at = 0; at < members.length; at += MEMBERS_PER_REQUEST) {
      const request = this.requests.addMembers(group, members.slice(at, at + MEMBERS_PER_REQUEST));
      await this.sendAll([{ request, answered: expecting([200, 204]) }]);
    }
    return group;
  }

  private async sendAll(jobs: readonly Job[]): Promise<void> {
    const waiting = [...jobs].reverse();
    const connections = Math.min(SETUP_CONNECTIONS, jobs.length);
    const one = async () => {
      const connection = await Connection.open(this.url);
      try {
        for (let job = waiting.pop(); job; job = waiting.pop()) {
          const fault = job.answered(await connection.send(job.request));
          if (fault) throw new Error(`preparing failed with ${fault}`);
        }
      } finally {
        connection.close();
      }
    };
    await Promise.all(Array.from({ length: connections }, one));
  }
}

function idIn(body: Buffer): string {
  const { id } = JSON.parse(body.toString()) as { id?: unknown };
  if (typeof id !== 'string') throw new Error('a created resource has no id');
  return id;
}
