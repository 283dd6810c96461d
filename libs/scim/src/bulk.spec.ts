import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import {
  BULK_REQUEST_URN,
  type BulkMethod,
  type BulkOperation,
  bulkResponse,
  bulkTarget,
  MAX_BULK_BYTES,
  readBulk,
  refuseLargeBulk,
} from './bulk.ts';
import { planBulk } from './bulk-plan.ts';
import { BulkReferences, postpone, referencesOf } from './bulk-references.ts';
import { ENTERPRISE_USER_URN } from './enterprise-user.ts';
import { ScimError } from './error.ts';
import { groupType } from './group.ts';
import type { Json } from './json.ts';
import { userType } from './user.ts';

type Read = { name: string; body: Json; operations?: BulkOperation[]; failOnErrors?: number; error?: string };
type Target = { name: string; method: BulkMethod; path: string; endpoint?: string; id?: string; status?: number };
type Case =
  | ({ what: 'read'; detail?: string } & Read)
  | ({ what: 'target' } & Target)
  | { what: 'references'; name: string; operation: BulkOperation; found: string[] }
  | { what: 'plan'; name: string; operations: BulkOperation[]; steps: string[] };
const cases = JSON.parse(readFileSync(new URL('./cases/bulk.json', import.meta.url), 'utf8')) as Case[];
const of = <W extends Case['what']>(what: W) => cases.filter((each): each is Case & { what: W } => each.what === what);

const post = (bulkId: string): BulkOperation => ({ method: 'POST', path: '/Users', bulkId, data: {} });
const group = (bulkId: string, ...members: string[]): BulkOperation => ({
  method: 'POST',
  path: '/Groups',
  bulkId,
  data: { displayName: bulkId, members: members.map((id) => ({ value: `bulkId:${id}` })) },
});

describe('readBulk', () => {
  test.each(of('read').filter(({ operations }) => operations))('$name', ({ body, operations, failOnErrors }) => {
    expect(readBulk(body)).toStrictEqual({ operations, ...(failOnErrors && { failOnErrors }) });
  });

  test.each(of('read').filter(({ error }) => error))('refuses $name', ({ body, error, detail }) => {
    expect(() => readBulk(body)).toThrow(
      expect.objectContaining({ status: 400, scimType: error, detail: expect.stringContaining(detail ?? '') }),
    );
  });

  test('takes 1,000 operations; one more is a 413 that names the limit', () => {
    const Operations = Array.from({ length: 1_000 }, (_, index) => ({ ...post(String(index)) })) as Json[];
    expect(readBulk({ schemas: [BULK_REQUEST_URN], Operations }).operations).toHaveLength(1_000);
    Operations.push({ ...post('more') } as Json);
    expect(() => readBulk({ schemas: [BULK_REQUEST_URN], Operations })).toThrow(
      expect.objectContaining({ status: 413, detail: expect.stringContaining('maxOperations, 1000') }),
    );
  });

  test('a body over 1 MB is a 413 that names the limit', () => {
    refuseLargeBulk(MAX_BULK_BYTES);
    expect(() => refuseLargeBulk(MAX_BULK_BYTES + 1)).toThrow(
      expect.objectContaining({ status: 413, detail: expect.stringContaining('maxPayloadSize, 1048576') }),
    );
  });
});

describe('bulkTarget', () => {
  test.each(of('target'))('$name', ({ method, path, endpoint, id, status }) => {
    const target = () => bulkTarget({ method, path }, [userType, groupType]);
    if (status) expect(target).toThrow(expect.objectContaining({ status }));
    else expect([target().type.endpoint, target().id]).toEqual([endpoint, id]);
  });
});

describe('references', () => {
  test.each(of('references'))('$name', ({ operation, found }) => {
    expect([...referencesOf(operation)]).toEqual(found);
  });

  test('are replaced by ids in data, PATCH paths and the path', () => {
    const references = new BulkReferences([post('a')]);
    references.settle('a', '17');
    const data = { members: ['bulkId:a', { $ref: 'x/Users/bulkId:a' }], path: 'members[value eq "bulkId:a"]', n: 1 };
    expect(references.inData(data)).toEqual({
      members: ['17', { $ref: 'x/Users/17' }],
      path: 'members[value eq "17"]',
      n: 1,
    });
    expect(references.inPath('/Users/bulkId:a')).toBe('/Users/17');
  });

  test.each([
    ['nobody has', 400, 'invalidValue'],
    ['failed', 409, undefined],
    ['circle', 409, undefined],
  ])('%s: %i', (bulkId, status, scimType) => {
    const references = new BulkReferences([post('failed'), post('circle')]);
    references.settle('failed', undefined);
    expect(() => references.inData([`bulkId:${bulkId}`])).toThrow(expect.objectContaining({ status, scimType }));
  });

  test('members and the manager can wait, the rest of the resource is made without them', () => {
    expect(postpone({ displayName: 'x', Members: [{ value: 'bulkId:a' }, { value: '1' }] }, new Set(['a']))).toEqual({
      rest: { displayName: 'x', Members: [{ value: '1' }] },
      later: [{ op: 'add', path: 'members', value: [{ value: 'bulkId:a' }] }],
    });
    const manager = { value: 'bulkId:a' };
    expect(postpone({ userName: 'x', [ENTERPRISE_USER_URN]: { manager } }, new Set(['a']))).toEqual({
      rest: { userName: 'x' },
      later: [{ op: 'add', path: `${ENTERPRISE_USER_URN}:manager`, value: manager }],
    });
    const elsewhere = { displayName: 'bulkId:a' };
    expect(postpone(elsewhere, new Set(['a']))).toEqual({ rest: elsewhere, later: [] });
  });
});

describe('planBulk', () => {
  test.each(of('plan'))('$name', ({ operations, steps }) => {
    const told = planBulk(operations).map((step) => {
      const without = step.kind === 'run' && step.postponed.size > 0 ? ` without ${[...step.postponed]}` : '';
      return `${step.kind} ${step.index}${without}`;
    });
    expect(told).toEqual(steps);
  });

  test('1,000 operations that all refer to each other, or in one long chain, are ordered in little time', () => {
    const names = Array.from({ length: 1_000 }, (_, index) => String(index));
    const chain = names.map((name, index) => group(name, String((index + 1) % 1_000)));
    expect(planBulk(chain).filter(({ kind }) => kind === 'run')).toHaveLength(1_000);
    const some = names.slice(0, 300);
    const runs = planBulk(some.map((name) => group(name, ...some))).filter(({ kind }) => kind === 'run');
    expect(runs).toHaveLength(300);
  });
});

test('bulkResponse says the status as a text and leaves out what there is not', () => {
  const response = new ScimError(404, 'gone').toBody();
  expect(
    bulkResponse([
      { operation: post('a'), status: 201, location: 'x/Users/1', version: 'W/"1"' },
      { operation: { method: 'DELETE', path: '/Users/2' }, status: 404, location: 'x/Users/2', response },
    ]),
  ).toEqual({
    schemas: ['urn:ietf:params:scim:api:messages:2.0:BulkResponse'],
    Operations: [
      { method: 'POST', bulkId: 'a', location: 'x/Users/1', version: 'W/"1"', status: '201' },
      { method: 'DELETE', location: 'x/Users/2', status: '404', response },
    ],
  });
});
