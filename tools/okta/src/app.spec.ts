import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { FakedProvider, scimError } from '../test/faked-provider.ts';
import { type AppOptions, OktaApp } from './app.ts';
import { people, person } from './people.ts';
import { ScimTransport } from './transport.ts';

const ada = person(1, 'spec');
const lookup = (login: string, space = '%20'): string =>
  `GET /Users?filter=userName${space}eq${space}%22${login.replace('@', '%40')}%22&startIndex=1&count=100`;

describe('OktaApp', () => {
  let provider: FakedProvider;
  let transport: ScimTransport;

  const app = (options: Partial<AppOptions> = {}): OktaApp =>
    new OktaApp({ transport, style: 'catalogue', ...options });

  beforeEach(async () => {
    provider = new FakedProvider();
    await provider.start();
    transport = new ScimTransport({ baseUrl: provider.baseUrl, credentials: { mode: 'bearer', token: 's3cret' } });
  });

  afterEach(async () => {
    transport.close();
    await provider.stop();
  });

  it('tests credentials in the three known ways', async () => {
    await app().testCredentials();
    await app().testCredentials('older');
    await app().testCredentials('groups');
    expect(provider.lines).toEqual([
      'GET /Users?startIndex=1&count=2',
      'GET /Users?startIndex=1&count=1',
      'GET /Groups?startIndex=1&count=100',
    ]);
    provider.authorization = 'Bearer another';
    await expect(app().testCredentials()).rejects.toMatchObject({ name: 'OktaTask', status: 401 });
  });

  it('creates a person it does not find', async () => {
    const { id, how } = await app().assign(ada);
    expect(how).toBe('created');
    expect(provider.users.has(id)).toBe(true);
    expect(provider.lines).toEqual([lookup(ada.login), 'POST /Users']);
    const { password, ...sent } = provider.received[1]?.body ?? {};
    expect(password).toMatch(/^[0-9A-Za-z]{12}$/);
    expect(JSON.stringify(sent)).toBe(
      `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"${ada.login}",` +
        `"name":{"givenName":"${ada.givenName}","familyName":"${ada.familyName}"},` +
        `"emails":[{"primary":true,"value":"${ada.login}","type":"work"}],"displayName":"${ada.displayName}",` +
        `"locale":"${ada.locale}","externalId":"${ada.externalId}","groups":[],"active":true}`,
    );
  });

  it('maps the enterprise extension when told, and writes spaces as + when told', async () => {
    await app({ enterprise: true, spaces: '+' }).assign(ada);
    expect(provider.lines[0]).toBe(lookup(ada.login, '+'));
    const urn = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
    expect(provider.received[1]?.body).toMatchObject({
      schemas: ['urn:ietf:params:scim:schemas:core:2.0:User', urn],
      title: ada.title,
      [urn]: { employeeNumber: ada.employeeNumber, department: ada.department },
    });
  });

  it('escapes a login as a JSON string and percent-encodes a plus sign', async () => {
    await app({ spaces: '+' }).findUser('a+b"c@example.com');
    expect(provider.lines[0]).toContain('filter=userName+eq+%22a%2Bb%5C%22c%40example.com%22&');
  });

  it('keeps the id of a person it finds and puts the merged copy back, read-only attributes included', async () => {
    const existing = provider.addUser({
      schemas: ['urn:ietf:params:scim:schemas:core:2.0:User', 'urn:example:params:own'],
      userName: ada.login,
      active: false,
      nickName: 'Countess',
      name: { givenName: 'A', middleName: 'K', formatted: 'A K' },
      emails: [{ type: 'home', value: 'home@example.org', primary: true }],
      groups: [{ value: 'g1' }],
    });
    const { id, how } = await app().assign(ada);
    expect([id, how]).toEqual([existing.id, 'linked']);
    expect(provider.lines).toEqual([lookup(ada.login), `GET /Users/${id}`, `PUT /Users/${id}`]);
    expect(provider.received[2]?.body).toEqual({
      schemas: ['urn:ietf:params:scim:schemas:core:2.0:User', 'urn:example:params:own'],
      id,
      userName: ada.login,
      name: { givenName: ada.givenName, middleName: 'K', familyName: ada.familyName },
      emails: [
        { primary: true, value: ada.login, type: 'work' },
        { type: 'home', value: 'home@example.org', primary: false },
      ],
      nickName: 'Countess',
      displayName: ada.displayName,
      locale: ada.locale,
      externalId: ada.externalId,
      groups: [{ value: 'g1' }],
      meta: { resourceType: 'User' },
      active: true,
    });
  });

  it('resolves a 409 after a POST without lookup, unless the user cannot be found', async () => {
    provider.addUser({ userName: ada.login, active: false });
    expect((await app().assign(ada, { lookup: false })).how).toBe('linked');
    provider.users.clear();
    provider.script.push(scimError(409, 'uniqueness'));
    await expect(app().assign(ada, { lookup: false })).rejects.toMatchObject({ status: 409, scimType: 'uniqueness' });
  });

  it('deactivates and reactivates by path-less PATCH in a catalogue app', async () => {
    const okta = app();
    const { id } = await okta.assign(ada);
    await okta.deactivate(ada);
    await okta.reactivate(ada);
    expect(provider.lines.slice(2)).toEqual([`PATCH /Users/${id}`, `PATCH /Users/${id}`]);
    const patch = (active: boolean): string =>
      `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"replace","value":{"active":${active}}}]}`;
    expect(provider.received.slice(2).map(({ text }) => text)).toEqual([patch(false), patch(true)]);
  });

  it('deactivates by GET and PUT in a custom app, and never deletes', async () => {
    const okta = app({ style: 'custom' });
    const { id } = await okta.assign(ada);
    await okta.deactivate(ada);
    expect(provider.lines.slice(2)).toEqual([`GET /Users/${id}`, `PUT /Users/${id}`]);
    expect(provider.received[3]?.body).toMatchObject({ id, userName: ada.login, active: false, groups: [] });
    await okta.unassign(ada);
    expect(() => okta.idOf(ada)).toThrow(/not assigned/);
    expect(provider.lines.some((line) => line.startsWith('DELETE'))).toBe(false);
  });

  it.each(['custom', 'catalogue'] as const)('updates the profile by PUT in a %s app', async (style) => {
    const okta = app({ style });
    const { id } = await okta.assign(ada);
    await okta.update({ ...ada, familyName: 'Byron' });
    expect(provider.lines.slice(2)).toEqual([`GET /Users/${id}`, `PUT /Users/${id}`]);
    expect(provider.received[3]?.body.name).toEqual({ givenName: ada.givenName, familyName: 'Byron' });
  });

  it('pushes a password by PATCH in a catalogue app and inside the PUT in a custom one', async () => {
    const [catalogue, custom] = [app(), app({ style: 'custom' })];
    await catalogue.assign(ada);
    await catalogue.pushPassword(ada, 'new');
    expect(provider.received.at(-1)?.body.Operations).toEqual([{ op: 'replace', value: { password: 'new' } }]);
    await custom.assign(ada);
    await custom.pushPassword(ada, 'newer');
    expect(provider.received.at(-1)).toMatchObject({ method: 'PUT', body: { password: 'newer', active: true } });
  });

  it('assigns a group as its people: some fail, the rest are there, no group is made', async () => {
    provider.script.push({ ...scimError(400, 'invalidValue') });
    const { assigned, tasks } = await app().assignGroup(people(25, 'team'), { concurrency: 4 });
    expect([assigned.length, tasks.length]).toEqual([24, 1]);
    expect(tasks[0]).toMatchObject({ status: 400, scimType: 'invalidValue' });
    expect(provider.users.size).toBe(24);
    expect(provider.lines.some((line) => line.includes('/Groups'))).toBe(false);
  });

  it.each([
    [{ id: '1', userName: ada.login, active: 'true' }, /active is not a boolean/],
    [{ id: '1', userName: ada.login, active: true, password: 'x' }, /password was returned/],
    [{ id: 1, userName: ada.login, active: true }, /no id/],
    [{ id: '1', userName: 'b@example.com', active: true }, /userName is not the one/],
  ])('does not accept %j for a created user', async (body, expected) => {
    provider.script.push({ status: 201, body });
    await expect(app().assign(ada, { lookup: false })).rejects.toThrow(expected);
  });

  describe('import', () => {
    const page = (fields: object) => ({
      status: 200,
      body: { schemas: ['urn:ietf:params:scim:api:messages:2.0:ListResponse'], ...fields },
    });

    it.each([
      [0, 1],
      [99, 1],
      [100, 1],
      [101, 2],
      [200, 2],
      [201, 3],
    ])('of %d users asks for %d pages of 100', async (users, pages) => {
      for (const who of people(users)) provider.addUser({ userName: who.login });
      expect(await app().importUsers()).toHaveLength(users);
      const expected = Array.from({ length: pages }, (_, n) => `GET /Users?startIndex=${n * 100 + 1}&count=100`);
      expect(provider.lines).toEqual(expected);
    });

    it.each([
      [{ totalResults: '1', Resources: [{ id: '1' }] }, /totalResults is not a JSON integer/],
      [{ totalResults: 1, startIndex: '1', Resources: [{ id: '1' }] }, /startIndex is not a JSON integer/],
      [{ totalResults: 1, itemsPerPage: 1.5, Resources: [{ id: '1' }] }, /itemsPerPage is not a JSON integer/],
      [{ totalResults: 3, Resources: [{ id: '1' }] }, /totalResults is 3, the pages held 1/],
      [{ totalResults: 2, Resources: [{ id: '1' }, { id: '1' }] }, /order is not stable/],
      [{ totalResults: 1, Resources: [{}] }, /a resource has no id/],
    ])('does not accept the page %j', async (fields, expected) => {
      provider.script.push(page(fields));
      await expect(app().importGroups()).rejects.toThrow(expected);
    });

    it('notices an id that comes on two pages', async () => {
      const resources = Array.from({ length: 100 }, (_, n) => ({ id: String(n) }));
      provider.script.push(page({ totalResults: 101, Resources: resources }));
      provider.script.push(page({ totalResults: 101, Resources: [{ id: '42' }] }));
      await expect(app().importUsers()).rejects.toThrow(/id 42 came on an earlier page/);
    });
  });
});
