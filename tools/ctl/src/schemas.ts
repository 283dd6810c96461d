import {
  type ListSchemas,
  type NameSchema,
  type RegisteredSchema,
  type RegisterSchema,
  type RemoveSchema,
  SCHEMAS,
  type SchemaSummary,
} from '#directory-api/schemas';
import { DIRECTORY_COMMANDS } from '#rabbit/topology';
import { EXTENSIBLE } from '#scim/extended-types';
import { question } from './command.ts';
import { UsageError } from './failure.ts';
import { textOrFile } from './file-text.ts';
import { choice, required, tenant, text } from './options.ts';
import { counted, plain, table } from './text.ts';

const urn = required(text('URN', "the schema's id; ctl schemas list shows them"));

export const schemasCommands = [
  question({
    words: 'schemas register',
    summary: 'define an extension schema of a tenant, or add attributes to it',
    options: {
      tenant,
      definition: required(text('JSON|@FILE', 'a Schema document (RFC 7643 §7); docs/scim.md has an example')),
      'resource-type': choice(EXTENSIBLE, 'what it extends (User if not given)'),
    },
    queue: DIRECTORY_COMMANDS,
    pattern: SCHEMAS.register,
    payload: ({ tenant: tenantId, definition, 'resource-type': resourceType }): RegisterSchema => ({
      tenantId,
      resourceType: resourceType ?? 'User',
      definition: parsed(textOrFile('definition', definition)),
    }),
    show: ({ urn, resourceType, attributes, outcome }: RegisteredSchema) =>
      `Schema ${plain(urn)} of ${resourceType} with ${counted(attributes, 'attribute')} is ${outcome}`,
  }),
  question({
    words: 'schemas list',
    summary: 'the extension schemas of a tenant',
    options: { tenant },
    queue: DIRECTORY_COMMANDS,
    pattern: SCHEMAS.list,
    payload: ({ tenant: tenantId }): ListSchemas => ({ tenantId }),
    show: (schemas: SchemaSummary[]) =>
      table(
        schemas,
        [
          ['SCHEMA', ({ urn }) => urn],
          ['EXTENDS', ({ resourceType }) => resourceType],
          ['ATTRIBUTES', ({ attributes }) => attributes],
          ['NAME', ({ name }) => name],
        ],
        'No schemas.',
      ),
  }),
  question({
    words: 'schemas show',
    summary: 'the definition of an extension schema, to change and register again',
    options: { tenant, urn },
    queue: DIRECTORY_COMMANDS,
    pattern: SCHEMAS.show,
    payload: ({ tenant: tenantId, urn }): NameSchema => ({ tenantId, urn }),
    show: (definition: object) => JSON.stringify(definition, null, 2).split('\n').map(plain).join('\n'),
  }),
  question({
    words: 'schemas remove',
    summary: 'remove an extension schema that no user or group has values of',
    options: { tenant, urn },
    queue: DIRECTORY_COMMANDS,
    pattern: SCHEMAS.remove,
    payload: ({ tenant: tenantId, urn }): RemoveSchema => ({ tenantId, urn }),
    show: ({ urn }: { urn: string }) => `Schema ${plain(urn)} is removed`,
  }),
];

function parsed(definition: string): object {
  try {
    const value: unknown = JSON.parse(definition);
    if (typeof value === 'object' && value !== null) return value;
  } catch {
    // said below
  }
  throw new UsageError('--definition takes a JSON object: a Schema document, or @ and the file that holds it');
}
