import { type OktaApp, patchSchema } from './app.ts';
import { mapBounded } from './bounded.ts';
import { isJsonObject, type JsonObject } from './json.ts';
import { lookUp } from './pages.ts';
import type { Person } from './people.ts';
import { OktaTask } from './task.ts';
import type { Answer, Method } from './transport.ts';

export const groupSchema = 'urn:ietf:params:scim:schemas:core:2.0:Group';

/** A member as Okta writes it: the service's user id and the login; no `type`, no `$ref`. */
export interface Member {
  value: string;
  display: string;
}

/** A pushed group as Okta remembers it; `members` are only those Okta manages, by the service's id. */
export interface PushedGroup {
  readonly id: string;
  name: string;
  readonly how: 'created' | 'linked';
  readonly members: Map<string, Member>;
}

export interface GroupPushOptions {
  app: OktaApp;
  /** Catalogue apps PATCH, custom apps PUT the whole group; follows the app's style unless told. */
  write?: 'patch' | 'put';
  /** Member changes in one PATCH; Okta has been seen to send 100 to 1,000. */
  batch?: number;
  /** PATCHes of one group in flight at once. */
  inFlight?: number;
  /** Where the path-less rename stands among the operations of a membership change. */
  rename?: 'last' | 'first' | 'omit';
}

type Operation = { op: 'add' | 'remove' | 'replace'; path?: string; value?: unknown };

/**
 * The Push Groups tab of an app. Members are people assigned to the app, or bare {@link Member}s for ids Okta
 * holds that the service no longer knows.
 */
export class OktaGroups {
  private readonly app: OktaApp;
  private readonly write: 'patch' | 'put';
  private readonly batch: number;
  private readonly inFlight: number;
  private readonly rename: 'last' | 'first' | 'omit';

  constructor(options: GroupPushOptions) {
    this.app = options.app;
    this.write = options.write ?? (options.app.style === 'custom' ? 'put' : 'patch');
    this.batch = options.batch ?? 100;
    this.inFlight = options.inFlight ?? 4;
    this.rename = options.rename ?? 'last';
  }

  /**
   * Pushes a group by name: looked up, then created empty or linked, then its members added in batches.
   * With `lookup: false` the POST comes first; with `filled` the POST carries the members itself.
   */
  async pushGroup(
    { name, members }: { name: string; members: readonly (Person | Member)[] },
    { lookup = true, filled = false }: { lookup?: boolean; filled?: boolean } = {},
  ): Promise<PushedGroup> {
    const found = lookup ? await this.findGroup(name) : undefined;
    const posted = found === undefined && filled;
    const group =
      found === undefined
        ? await this.create(name, posted ? members.map((who) => this.member(who)) : [])
        : await this.linkGroup({ id: found.id, name });
    if (!posted) await this.changeMembers(group, { add: members });
    return group;
  }

  /** Looks a group up by displayName, as Okta does before a push. */
  findGroup(name: string): Promise<(JsonObject & { id: string }) | undefined> {
    return lookUp(this.app.transport, '/Groups', 'displayName', name, this.app.spaces);
  }

  /** The group as the service has it, with its members. */
  async readGroup(id: string): Promise<JsonObject & { id: string }> {
    const path = `/Groups/${encodeURIComponent(id)}`;
    return fullGroup('GET', path, await this.app.transport.request('GET', path), 200);
  }

  /** "Link Group": keeps the id of a group that exists in the service. Nothing but a read is sent. */
  async linkGroup({ id, name }: { id: string; name: string }): Promise<PushedGroup> {
    await this.readGroup(id);
    return { id, name, how: 'linked', members: new Map() };
  }

  /**
   * Sends a membership change. PATCH: removals (one operation each) before one `add`, in batches, with the path-less
   * rename in every request though the name has not changed. PUT: the whole group, after a read.
   */
  async changeMembers(
    group: PushedGroup,
    { add = [], remove = [] }: { add?: readonly (Person | Member)[]; remove?: readonly (Person | Member)[] },
  ): Promise<void> {
    const added = add.map((who) => this.member(who));
    const removed = remove.map((who) => this.member(who));
    if (added.length + removed.length === 0) return;
    for (const { value } of removed) group.members.delete(value);
    for (const member of added) group.members.set(member.value, member);
    if (this.write === 'put') return this.put(group);
    await mapBounded(batches(removed, added, this.batch), this.inFlight, ({ removals, additions }) =>
      this.patch(group, this.membershipOperations(group, removals, additions)),
    );
  }

  /**
   * "Push now": replaces the members with the full list, however long, `[]` included.
   * `pathless` writes it as one value object with the id and the name in it.
   */
  async pushNow(group: PushedGroup, variant: 'path' | 'pathless' = 'path'): Promise<void> {
    if (this.write === 'put') return this.put(group);
    const members = [...group.members.values()];
    const operation: Operation =
      variant === 'path'
        ? { op: 'replace', path: 'members', value: members }
        : { op: 'replace', value: { members, id: group.id, displayName: group.name } };
    await this.patch(group, [operation]);
  }

  async renameGroup(group: PushedGroup, name: string): Promise<void> {
    group.name = name;
    if (this.write === 'put') return this.put(group);
    await this.patch(group, [renameOperation(group)]);
  }

  /** Unlinks a pushed group; an administrator chooses whether the service's group is deleted or left alone. */
  async unlinkGroup(group: PushedGroup, { deleteGroup }: { deleteGroup: boolean }): Promise<void> {
    if (!deleteGroup) return;
    const path = `/Groups/${encodeURIComponent(group.id)}`;
    const answer = await this.app.transport.request('DELETE', path);
    if (answer.status !== 204) throw bad('DELETE', path, answer, '204 was expected');
  }

  private async create(name: string, members: Member[]): Promise<PushedGroup> {
    const body = { schemas: [groupSchema], displayName: name, members };
    const answer = await this.app.transport.request('POST', '/Groups', body);
    const { id } = fullGroup('POST', '/Groups', answer, 201, name);
    await this.readGroup(id);
    return { id, name, how: 'created', members: new Map(members.map((member) => [member.value, member])) };
  }

  private async put(group: PushedGroup): Promise<void> {
    await this.readGroup(group.id);
    const path = `/Groups/${encodeURIComponent(group.id)}`;
    const answer = await this.app.transport.request('PUT', path, {
      schemas: [groupSchema],
      id: group.id,
      displayName: group.name,
      members: [...group.members.values()],
    });
    fullGroup('PUT', path, answer, 200, group.name);
  }

  private async patch(group: PushedGroup, operations: Operation[]): Promise<void> {
    const path = `/Groups/${encodeURIComponent(group.id)}`;
    const body = { schemas: [patchSchema], Operations: operations };
    const answer = await this.app.transport.request('PATCH', path, body);
    if (answer.status !== 204) fullGroup('PATCH', path, answer, 200);
  }

  private membershipOperations(group: PushedGroup, removals: Member[], additions: Member[]): Operation[] {
    const operations: Operation[] = removals.map(({ value }) => ({
      op: 'remove',
      path: `members[value eq "${value}"]`,
    }));
    if (additions.length > 0) operations.push({ op: 'add', path: 'members', value: additions });
    if (this.rename === 'first') operations.unshift(renameOperation(group));
    if (this.rename === 'last') operations.push(renameOperation(group));
    return operations;
  }

  private member(who: Person | Member): Member {
    return 'value' in who ? who : { value: this.app.idOf(who), display: who.login };
  }
}

function renameOperation(group: PushedGroup): Operation {
  return { op: 'replace', value: { id: group.id, displayName: group.name } };
}

function batches(removed: readonly Member[], added: readonly Member[], size: number) {
  const changes = removed.length + added.length;
  return Array.from({ length: Math.ceil(changes / size) }, (_, index) => {
    const start = index * size;
    return {
      removals: removed.slice(start, start + size),
      additions: added.slice(Math.max(0, start - removed.length), Math.max(0, start + size - removed.length)),
    };
  });
}

function bad(method: Method, path: string, answer: Answer, detail: string): OktaTask {
  return new OktaTask({ method, path, status: answer.status, detail, requestId: answer.requestId });
}

function fullGroup(
  method: Method,
  path: string,
  answer: Answer,
  expected: number,
  name?: string,
): JsonObject & { id: string } {
  const { body } = answer;
  if (answer.status !== expected) throw bad(method, path, answer, `${expected} was expected`);
  if (!isJsonObject(body)) throw bad(method, path, answer, 'the group was expected in the body');
  if (typeof body.id !== 'string' || body.id === '') throw bad(method, path, answer, 'the group has no id');
  if (typeof body.displayName !== 'string') throw bad(method, path, answer, 'the group has no displayName');
  if (name !== undefined && body.displayName !== name) {
    throw bad(method, path, answer, `the displayName is "${body.displayName}", "${name}" was sent`);
  }
  return { ...body, id: body.id };
}
