import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { project, readProjection } from './projection.ts';
import type { Resource } from './resource.ts';
import { attribute, complex, type ResourceType } from './schema.ts';
import { userType } from './user.ts';

type Case = {
  name: string;
  attributes?: string[];
  excludedAttributes?: string[];
  keys?: string[];
  part?: Partial<Resource>;
};
const { resource, cases } = JSON.parse(readFileSync(new URL('./cases/projection.json', import.meta.url), 'utf8')) as {
  resource: Resource;
  cases: Case[];
};

describe('project', () => {
  test.each(cases)('$name', ({ keys, part, ...query }) => {
    const before = structuredClone(resource);
    const projected = project(resource, readProjection(query, userType));
    if (keys) expect(Object.keys(projected)).toEqual(keys);
    if (part) for (const key of Object.keys(part)) expect(projected[key]).toStrictEqual(part[key]);
    expect(resource).toStrictEqual(before);
  });

  const type: ResourceType = {
    name: 'Thing',
    endpoint: '/Things',
    description: '',
    extensions: [],
    schema: {
      id: 'urn:example:Thing',
      name: 'Thing',
      description: '',
      attributes: [
        attribute('rare', '', { returned: 'request' }),
        complex('part', '', [attribute('key', '', { returned: 'always' }), attribute('note', '')]),
      ],
    },
  };
  const thing: Resource = { schemas: ['urn:example:Thing'], rare: 'r', part: { key: 'k', note: 'n' } };

  test('what is returned on request comes only when asked for', () => {
    expect(project(thing, readProjection({}, type))).not.toHaveProperty('rare');
    expect(project(thing, readProjection({ excludedAttributes: ['part'] }, type))).not.toHaveProperty('rare');
    expect(project(thing, readProjection({ attributes: ['rare'] }, type))).toHaveProperty('rare', 'r');
  });

  test('a sub-attribute that is always returned comes with what was asked for', () => {
    expect(project(thing, readProjection({ attributes: ['part.note'] }, type)).part).toEqual({ key: 'k', note: 'n' });
    expect(project(thing, readProjection({ excludedAttributes: ['part.key'] }, type)).part).toEqual({
      key: 'k',
      note: 'n',
    });
  });
});
