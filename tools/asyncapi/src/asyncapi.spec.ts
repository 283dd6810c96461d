import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { catalog } from '#events/catalog';
import { asyncapi, PATH } from './asyncapi.ts';
import { docsOf } from './docs.ts';
import { document } from './document.ts';
import { type Json, yaml } from './yaml.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));

interface Document {
  channels: Record<string, { messages: Record<string, { $ref: string }> }>;
  operations: Record<string, { action: string; channel: { $ref: string } }>;
  components: {
    messages: Record<string, { examples: { payload: { type: string } }[] }>;
    schemas: Record<string, object>;
  };
}

const made = document(docsOf(join(root, 'libs/events/src')));
const { channels, operations, components } = made as unknown as Document;

describe('docs/asyncapi.yaml', () => {
  it('is what the catalog says', () => {
    const stale = readFileSync(join(root, PATH), 'utf8') !== asyncapi(root);
    expect(stale ? `${PATH} is stale: run npm run asyncapi and commit what it writes` : 'fresh').toBe('fresh');
  });

  it('names every event in the channel of who tells it, with an example', () => {
    const told = Object.values(channels).flatMap(({ messages }) => Object.keys(messages));
    expect([...new Set(told)].toSorted()).toEqual(Object.keys(catalog).toSorted());
    for (const [type, { examples }] of Object.entries(components.messages)) {
      expect(examples.map(({ payload }) => payload.type)).toEqual([type]);
    }
  });

  it('refers to nothing that is not there', () => {
    const references = [...JSON.stringify(made).matchAll(/"\$ref":"#\/([^"]+)"/g)].map(([, path]) => path ?? '');
    expect(references.length).toBeGreaterThan(50);
    for (const path of references) {
      let at: unknown = made;
      for (const step of path.split('/')) at = (at as Record<string, unknown> | undefined)?.[step];
      expect({ path, found: at !== undefined }).toEqual({ path, found: true });
    }
  });

  it('has an operation for each channel, of an action that there is', () => {
    const used = Object.values(operations).map(({ channel }) => channel.$ref.slice('#/channels/'.length));
    expect(new Set(used)).toEqual(new Set(Object.keys(channels)));
    expect(Object.values(operations).every(({ action }) => ['send', 'receive'].includes(action))).toBe(true);
  });

  it('says what the decorators say', () => {
    expect(components.schemas.UserUpdated).toMatchObject({
      description: expect.stringContaining('changed'),
      required: ['userId', 'userName', 'active', 'changed'],
      properties: {
        userId: { type: 'string', format: 'uuid' },
        managedBy: { type: ['string', 'null'], format: 'uuid', description: expect.stringContaining('local') },
        changed: { type: 'array', items: { type: 'string' } },
      },
    });
    expect(components.schemas.GroupMembersChanged).toMatchObject({
      properties: { added: { type: 'array', maxItems: 1_000, items: { type: 'string', format: 'uuid' } } },
    });
  });
});

describe('YAML', () => {
  it.each<[string, Json, string]>([
    ['text that needs no quotes', { a: 'user.created.v1' }, 'a: user.created.v1\n'],
    [
      'text that would be something else',
      ['true', 'no', '1.0', '', 'a: b', '# c'],
      '- "true"\n- "no"\n- "1.0"\n- ""\n- "a: b"\n- "# c"\n',
    ],
    ['objects in lists', [{ a: 1, b: [true, null] }], '- a: 1\n  b:\n    - true\n    - null\n'],
    ['lists in lists', [[1], []], '- - 1\n- []\n'],
    ['what is empty', { a: [], b: {} }, 'a: []\nb: {}\n'],
    ['keys', { $ref: '#/a', '1': 2 }, '"1": 2\n"$ref": "#/a"\n'],
  ])('prints %s', (_, value, text) => {
    expect(yaml(value)).toBe(text);
  });
});
