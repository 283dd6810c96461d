import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import type { Json } from './json.ts';
import { type ListQuery, listResponse, readListQuery, readSearchRequest, SEARCH_REQUEST_URN } from './list.ts';

type Case = { name: string; query: Record<string, unknown>; read?: ListQuery; error?: string };
const cases = JSON.parse(readFileSync(new URL('./cases/list-query.json', import.meta.url), 'utf8')) as Case[];

describe('readListQuery', () => {
  test.each(cases.filter(({ read }) => read))('reads $name', ({ query, read }) => {
    expect(readListQuery(query)).toStrictEqual(read);
  });

  test.each(cases.filter(({ error }) => error))('refuses $name', ({ query, error }) => {
    expect(() => readListQuery(query)).toThrow(expect.objectContaining({ status: 400, scimType: error }));
  });

  test('reads a query without prototype, and not the prototype of one', () => {
    expect(readListQuery(Object.create(null) as Record<string, unknown>)).toEqual({ startIndex: 1, count: 100 });
    expect(readListQuery(Object.create({ count: '5' }) as Record<string, unknown>).count).toBe(100);
  });
});

describe('readSearchRequest', () => {
  const schemas = [SEARCH_REQUEST_URN];

  test('gives what a query would hold, from keys in any case (§3.4.3)', () => {
    const body = { schemas, FILTER: 'id pr', startindex: 2, count: null, attributes: ['id'], more: 1 };
    expect(readSearchRequest(body)).toEqual({ filter: 'id pr', startIndex: 2, attributes: ['id'] });
  });

  test.each<Json>([[], null, 'x', {}, { schemas: ['x'] }, { filter: 'id pr' }])('refuses %j', (body) => {
    expect(() => readSearchRequest(body)).toThrow(expect.objectContaining({ status: 400, scimType: 'invalidSyntax' }));
  });
});

test('a list response by cursor has nextCursor and no startIndex (RFC 9865)', () => {
  expect(listResponse({ totalResults: 7, nextCursor: 'next', resources: ['a'] })).toEqual({
    schemas: ['urn:ietf:params:scim:api:messages:2.0:ListResponse'],
    totalResults: 7,
    nextCursor: 'next',
    itemsPerPage: 1,
    Resources: ['a'],
  });
});

test('a list response counts what is on the page (§3.4.2)', () => {
  expect(listResponse({ totalResults: 7, startIndex: 6, resources: ['a', 'b'] })).toEqual({
    schemas: ['urn:ietf:params:scim:api:messages:2.0:ListResponse'],
    totalResults: 7,
    startIndex: 6,
    itemsPerPage: 2,
    Resources: ['a', 'b'],
  });
});
