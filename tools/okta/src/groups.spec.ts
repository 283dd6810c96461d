import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { FakedProvider } from '../test/faked-provider.ts';
import { OktaApp } from './app.ts';
import { type GroupPushOptions, type Member, OktaGroups } from './groups.ts';
import { people } from './people.ts';
import { ScimTransport } from './transport.ts';

const patchOp = '"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"]';
const member = (n: number): Member => ({ value: `u${n}`, display: `u${n}@example.com` });
const members = (count: number): Member[] => Array.from({ length: count }, (_, n) => member(n));

describe('OktaGroups', () => {
  let provider: FakedProvider;
  let transport: ScimTransport;
  let app: OktaApp;

  const groups = (options: Partial<GroupPushOptions> = {}): OktaGroups =>
    new OktaGroups({ app, inFlight: 1, ...options });
  const patches = (): { op: string; path?: string; value?: unknown }[][] =>
    provider.received
      .filter(({ method }) => method === 'PATCH')
      .map(({ body }) => body.Operations as { op: string; path?: string; value?: unknown }[]);

  beforeEach(async () => {
    provider = new FakedProvider();
    await provider.start();
    transport = new ScimTransport({ baseUrl: provider.baseUrl, credentials: { mode: 'bearer', token: 's3cret' } });
    app = new OktaApp({ transport, style: 'catalogue' });
  });

  afterEach(async () => {
    transport.close();
    await provider.stop();
  });

  it('pushes a new group: lookup, empty POST, GET, members 100 at a time', async () => {
    const group = await groups().pushGroup({ name: 'Sales & Co', members: members(250) });
    expect(group.how).toBe('created');
    const path = `/Groups/${group.id}`;
    expect(provider.lines).toEqual([
      'GET /Groups?filter=displayName%20eq%20%22Sales%20%26%20Co%22&startIndex=1&count=100',
      'POST /Groups',
      `GET ${path}`,
      `PATCH ${path}`,
      `PATCH ${path}`,
      `PATCH ${path}`,
    ]);
    expect(provider.received[1]?.text).toBe(
      '{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"displayName":"Sales & Co","members":[]}',
    );
    expect(patches().map(([add]) => (Array.isArray(add?.value) ? add.value.length : 0))).toEqual([100, 100, 50]);
    expect(provider.groups.get(group.id)?.members).toEqual(members(250));
  });

  it('writes people as the id of the service and their login', async () => {
    const [who] = people(1);
    if (who === undefined) throw new Error('nobody');
    const { id } = await app.assign(who);
    await groups().pushGroup({ name: 'Sales', members: [who] });
    expect(patches()[0]?.[0]).toEqual({ op: 'add', path: 'members', value: [{ value: id, display: who.login }] });
  });

  it('links a group it finds, adds to it, and makes none', async () => {
    const { id } = provider.addGroup({ displayName: 'Sales', members: [member(9)] });
    const group = await groups().pushGroup({ name: 'Sales', members: members(2) });
    expect([group.how, group.id]).toEqual(['linked', id]);
    expect(provider.lines.some((line) => line.startsWith('POST'))).toBe(false);
    expect(provider.groups.get(id)?.members).toEqual([member(9), member(0), member(1)]);
  });

  it('can post first, and with the members in the POST', async () => {
    await groups().pushGroup({ name: 'Sales', members: members(2) }, { lookup: false, filled: true });
    expect(provider.lines.map((line) => line.split(' ')[0])).toEqual(['POST', 'GET']);
    expect(provider.received[0]?.body.members).toEqual(members(2));
  });

  it('sends removals one by one, then one add, then the name, in one PATCH', async () => {
    const group = await groups().pushGroup({ name: 'Sales', members: [] });
    await groups().changeMembers(group, { remove: [member(1), member(2)], add: [member(3), member(4)] });
    expect(provider.received.at(-1)?.text).toBe(
      `{${patchOp},"Operations":[` +
        '{"op":"remove","path":"members[value eq \\"u1\\"]"},{"op":"remove","path":"members[value eq \\"u2\\"]"},' +
        '{"op":"add","path":"members","value":[{"value":"u3","display":"u3@example.com"},{"value":"u4","display":"u4@example.com"}]},' +
        `{"op":"replace","value":{"id":"${group.id}","displayName":"Sales"}}]}`,
    );
    await groups({ rename: 'first' }).changeMembers(group, { add: [member(5)] });
    expect(
      patches()
        .at(-1)
        ?.map(({ op }) => op),
    ).toEqual(['replace', 'add']);
    await groups({ rename: 'omit' }).changeMembers(group, { remove: [member(5)] });
    expect(
      patches()
        .at(-1)
        ?.map(({ op }) => op),
    ).toEqual(['remove']);
  });

  it('fills batches across the border between removals and additions', async () => {
    const group = await groups().pushGroup({ name: 'Sales', members: [] });
    await groups({ batch: 4, rename: 'omit' }).changeMembers(group, { remove: members(6), add: members(5) });
    const shape = patches().map((operations) =>
      operations.map(({ op, value }) => (Array.isArray(value) ? `${op} ${value.length}` : op)),
    );
    expect(shape).toEqual([['remove', 'remove', 'remove', 'remove'], ['remove', 'remove', 'add 2'], ['add 3']]);
  });

  it('pushes now with the full list, by path and path-less, also when it is empty', async () => {
    const group = await groups().pushGroup({ name: 'Sales', members: [member(1)] });
    await groups().pushNow(group);
    expect(provider.received.at(-1)?.text).toBe(
      `{${patchOp},"Operations":[{"op":"replace","path":"members","value":[{"value":"u1","display":"u1@example.com"}]}]}`,
    );
    group.members.clear();
    await groups().pushNow(group);
    expect(patches().at(-1)).toEqual([{ op: 'replace', path: 'members', value: [] }]);
    await groups().pushNow(group, 'pathless');
    expect(provider.received.at(-1)?.text).toBe(
      `{${patchOp},"Operations":[{"op":"replace","value":{"members":[],"id":"${group.id}","displayName":"Sales"}}]}`,
    );
  });

  it('renames without a path, and accepts 204', async () => {
    const group = await groups().pushGroup({ name: 'Sales', members: [member(1)] });
    provider.patchAnswers204 = true;
    await groups().renameGroup(group, 'Vertrieb');
    expect(provider.received.at(-1)?.text).toBe(
      `{${patchOp},"Operations":[{"op":"replace","value":{"id":"${group.id}","displayName":"Vertrieb"}}]}`,
    );
    expect(provider.groups.get(group.id)?.members).toEqual([member(1)]);
  });

  it('puts the whole group in a custom app, after reading it', async () => {
    app = new OktaApp({ transport, style: 'custom' });
    const group = await groups().pushGroup({ name: 'Sales', members: members(2) });
    await groups().changeMembers(group, { remove: [member(0)], add: [member(7)] });
    await groups().renameGroup(group, 'Vertrieb');
    expect(provider.lines.slice(-2)).toEqual([`GET /Groups/${group.id}`, `PUT /Groups/${group.id}`]);
    expect(provider.received.at(-1)?.text).toBe(
      `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"id":"${group.id}","displayName":"Vertrieb",` +
        '"members":[{"value":"u1","display":"u1@example.com"},{"value":"u7","display":"u7@example.com"}]}',
    );
    expect(patches()).toEqual([]);
  });

  it('unlinks with a DELETE or with nothing', async () => {
    const group = await groups().pushGroup({ name: 'Sales', members: [] });
    const before = provider.received.length;
    await groups().unlinkGroup(group, { deleteGroup: false });
    expect(provider.received).toHaveLength(before);
    await groups().unlinkGroup(group, { deleteGroup: true });
    expect(provider.lines.at(-1)).toBe(`DELETE /Groups/${group.id}`);
    expect(provider.received.at(-1)?.headers['content-type']).toBeUndefined();
  });
});
