import { setTimeout as delay } from 'node:timers/promises';
import { OktaApp, patchSchema } from '../../tools/okta/src/app.ts';
import { type Person, person } from '../../tools/okta/src/people.ts';
import { OktaTask } from '../../tools/okta/src/task.ts';
import { type Exchange, ScimTransport } from '../../tools/okta/src/transport.ts';
import { pick, type Random } from '../harness/random.ts';
import type { Team } from '../harness/system.ts';
import { type Act, Possible } from './possible.ts';
import { DOMAIN } from './world.ts';

/** What a client was answered, counted. */
export interface Tally {
  sent: number;
  acknowledged: number;
  refused: number;
  unknown: number;
}

/** One person as the client knows them. */
export interface Known {
  person: Person;
  /** the service's, once it told it */
  id?: string;
  possible: Possible;
  /** of the client's own group: what may be true */
  member: Set<boolean>;
}

const THINK_MS = 15;
/** After a 503 or no answer. */
const REFUSED_MS = 250;
const LONGEST_MS = 55_000;
/** What a client may be answered when nothing is wrong, and 503 when something is. */
const DOCUMENTED = new Set([200, 201, 204, 404, 409, 503]);

/**
 * One Okta that changes people and a group of its own, one request after the other, for as long as it is let, and writes down
 * what may be true of each of them.
 */
export class ChaosClient {
  readonly tally: Tally = { sent: 0, acknowledged: 0, refused: 0, unknown: 0 };
  /** what must never happen, one line each */
  readonly violations: string[] = [];
  readonly people: Known[];
  groupId: string | undefined;
  /** when it was last acknowledged something */
  succeededAt = 0;
  slowestMs = 0;

  private readonly transport: ScimTransport;
  private readonly app: OktaApp;
  private isLet = false;
  private working: Promise<void> | undefined;

  constructor(
    readonly team: Team,
    readonly index: number,
    private readonly next: Random,
    size: number,
  ) {
    this.transport = new ScimTransport({
      baseUrl: team.scimBaseUrl,
      credentials: { mode: 'basic', username: team.username, token: team.token },
      timeoutMs: 60_000,
      onExchange: (exchange) => this.witness(exchange),
    });
    this.app = new OktaApp({ transport: this.transport, style: 'catalogue' });
    this.people = Array.from({ length: size }, (_, number) => {
      const made = person(number + 1, `c${index}`);
      const login = `p${number}.c${index}@${DOMAIN}`;
      return { person: { ...made, login }, possible: new Possible(), member: new Set([false]) };
    });
  }

  go(): void {
    this.isLet = true;
    this.working = this.work();
  }

  async pause(): Promise<void> {
    this.isLet = false;
    await this.working;
  }

  close(): void {
    this.transport.close();
  }

  /** Nothing is on its way any more. */
  settle(): void {
    for (const { possible } of this.people) possible.settle();
  }

  private async work(): Promise<void> {
    while (this.isLet) {
      const { unknown } = this.tally;
      await this.act(pick(this.next, this.people));
      await delay(this.tally.unknown > unknown ? REFUSED_MS : THINK_MS * this.next() * 2);
    }
  }

  private async act(known: Known): Promise<void> {
    const chance = this.next();
    if (known.id === undefined) await this.enter(known);
    else if (chance < 0.5) await this.change(known, this.next() < 0.5 ? 'deactivate' : 'activate');
    else if (chance < 0.85) await this.join(known);
    else if (chance < 0.95) await this.read(known);
    else await this.change(known, 'delete');
  }

  /** A person whose id is not known is looked up, and created when there is none. */
  private async enter(known: Known): Promise<void> {
    const found = await this.attempt(() => this.app.findUser(known.person.login));
    if (!found) return;
    this.expect(
      known,
      known.possible.seen(found.value !== undefined),
      `a look-up found ${found.value ? 'somebody' : 'nobody'}`,
    );
    if (found.value) {
      known.id = found.value.id;
      known.member = new Set([false, true]);
      return;
    }
    const made = await this.attempt(() => this.app.assign(known.person, { lookup: false }), [409]);
    if (!made) {
      known.possible.unanswered('create');
      known.possible.unanswered('activate');
    } else if (made.value) {
      if (made.value.how === 'created') known.member = new Set([false]);
      known.possible.succeeded('create');
      known.id = made.value.id;
    }
  }

  private async change(known: Known, act: Act): Promise<void> {
    const path = `/Users/${known.id}`;
    const body = { schemas: [patchSchema], Operations: [{ op: 'replace', value: { active: act === 'activate' } }] };
    const answered = await this.attempt(
      () => (act === 'delete' ? this.transport.request('DELETE', path) : this.transport.request('PATCH', path, body)),
      [404],
    );
    if (!answered) known.possible.unanswered(act);
    else if (answered.value) known.possible.succeeded(act);
    else this.gone(known);
    if (act === 'delete' && answered?.value) delete known.id;
  }

  private async read(known: Known): Promise<void> {
    const answered = await this.attempt(() => this.transport.request('GET', `/Users/${known.id}`), [404]);
    if (!answered) return;
    if (!answered.value) return this.gone(known);
    const { active, userName } = answered.value.body as { active: boolean; userName: string };
    const state = active ? 'active' : 'inactive';
    this.expect(known, known.possible.has(state), `a read showed ${state}`);
    this.expect(known, userName === known.person.login, 'a read showed another person');
  }

  private async join(known: Known): Promise<void> {
    if (this.groupId === undefined) return this.makeGroup();
    const joins = this.next() < 0.6;
    const operation = joins
      ? { op: 'add', path: 'members', value: [{ value: known.id, display: known.person.login }] }
      : { op: 'remove', path: `members[value eq "${known.id}"]` };
    const answered = await this.attempt(() =>
      this.transport.request('PATCH', `/Groups/${this.groupId}`, { schemas: [patchSchema], Operations: [operation] }),
    );
    if (answered) known.member = new Set([joins]);
    else known.member.add(joins);
  }

  private async makeGroup(): Promise<void> {
    const displayName = `Group of c${this.index}`;
    const found = await this.attempt(() =>
      this.transport.request('GET', `/Groups?filter=${encodeURIComponent(`displayName eq "${displayName}"`)}`),
    );
    if (!found?.value) return;
    const [group] = (found.value.body as { Resources: { id: string }[] }).Resources;
    if (group) {
      this.groupId = group.id;
      return;
    }
    const schemas = ['urn:ietf:params:scim:schemas:core:2.0:Group'];
    const made = await this.attempt(
      () => this.transport.request('POST', '/Groups', { schemas, displayName, members: [] }),
      [409],
    );
    if (made?.value) this.groupId = (made.value.body as { id: string }).id;
  }

  /** An id that was deleted stays deleted; the person may only come back under another. */
  private gone(known: Known): void {
    this.expect(known, known.possible.seen(false), 'an answer said that there is nobody');
    delete known.id;
  }

  private expect(known: Known, isPossible: boolean, what: string): void {
    if (!isPossible)
      this.violations.push(`${what} where ${known.person.login} of tenant ${this.team.tenantId} cannot be so`);
  }

  /**
   * @param expected statuses that answer the question with no
   * @returns undefined when nobody knows what came of it; a value, or none where the answer was no
   */
  private async attempt<T>(ask: () => Promise<T>, expected: number[] = []): Promise<{ value?: T } | undefined> {
    try {
      return { value: await ask() };
    } catch (error) {
      if (!(error instanceof OktaTask)) throw error;
      if (expected.includes(error.status)) return {};
      if (error.status === 503 || error.status === 0) return undefined;
      this.violations.push(`not a documented answer here: ${error.message}`);
      return undefined;
    }
  }

  /** Every exchange: counted, in time, documented, and telling of a failure when to try again. */
  private witness({ method, path, status, ms, responseBody, responseHeaders, requestId, fault }: Exchange): void {
    this.tally.sent += 1;
    this.slowestMs = Math.max(this.slowestMs, ms);
    if (status === 0 || status === 503) this.tally.unknown += 1;
    else if (status < 300) this.tally.acknowledged += 1;
    else this.tally.refused += 1;
    if (status >= 200 && status < 300) this.succeededAt = performance.now();
    const about = `${method} ${path}: ${status} after ${Math.round(ms)} ms, request ${requestId}`;
    if (status !== 0 && !DOCUMENTED.has(status)) this.violations.push(`undocumented answer: ${about}`);
    if (ms > LONGEST_MS) this.violations.push(`too late: ${about}`);
    if (status >= 400 && fault) this.violations.push(`no SCIM error, ${fault}: ${about}`);
    if (status === 503 && !/^[1-9]\d*$/.test(responseHeaders['retry-after'] ?? '')) {
      this.violations.push(`no Retry-After: ${about}`);
    }
    if (status === 0) this.violations.push(`no answer: ${about}`);
    const other = JSON.stringify(responseBody ?? '').match(/\.c(\d+)@/);
    if (other && Number(other[1]) !== this.index) this.violations.push(`somebody else's person: ${about}`);
  }
}
