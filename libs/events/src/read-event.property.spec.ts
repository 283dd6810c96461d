import 'reflect-metadata';
import { describe, expect, it } from '@jest/globals';
import { validateSync } from 'class-validator';
import * as fc from 'fast-check';
import { compiledCheck } from '#runtime/compiled-check';
import { InvalidShape, valid } from '#runtime/valid';
import { catalog } from './catalog.ts';
import { CloudEvent } from './envelope.ts';
import { exampleEvent } from './example.ts';

const shapes: [string, new () => object, object][] = [
  ['the envelope', CloudEvent, exampleEvent('user.created.v1')],
  ...Object.entries(catalog).map(
    ([type, { data, example }]) => [type, data, example] as [string, new () => object, object],
  ),
];

/** What may stand where something else belongs: of every kind, and close to what is allowed. */
const anything = fc.oneof(
  fc.anything(),
  fc.string(),
  fc.uuid(),
  fc.uuid().map((id) => id.toUpperCase()),
  fc.integer(),
  fc.double(),
  fc.constantFrom(
    '00000000-0000-0000-0000-000000000000',
    'ffffffff-ffff-ffff-ffff-ffffffffffff',
    '',
    'application/json',
  ),
  fc.constantFrom(undefined, null, 0, 1, 100, 599, 600, -1, 2_147_483_647, 2_147_483_648, [], {}, new Set(['x'])),
  fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
  fc
    .tuple(fc.integer({ min: 1890, max: 2110 }), fc.integer({ min: 0, max: 13 }), fc.integer({ min: 0, max: 32 }))
    .map(([year, month, day]) => `${year}-${pad(month)}-${pad(day)}T12:00:00.000Z`),
  fc.constantFrom('2026-01-31', '2026-W05-1', '2026-01-31T24:00:00Z', '2026-01-31T12:00:00+01:00', '2026-01-31T12:00Z'),
  fc.constantFrom('user.created.v1', 'user.created', 'User.created.v1', 'a.b.v01\n', 'okta', 'rollcall/billing'),
  fc.array(fc.oneof(fc.uuid(), fc.anything()), { maxLength: 5 }),
  fc.constant(Array.from({ length: 1_001 }, () => '0192d5a4-7c1e-7000-8000-000000000001')),
);

function pad(number: number): string {
  return String(number).padStart(2, '0');
}

describe('the compiled check', () => {
  it.each(shapes)('of %s accepts its example by itself', (_, shape, example) => {
    expect(compiledCheck(shape)({ ...example })).toBe(true);
  });

  it.each(shapes)('of %s refuses whatever class-validator refuses, in the same words', (_, shape, example) => {
    const names = fc.constantFrom(
      ...Object.keys({ ...new shape(), ...example }),
      'managedBy',
      'causationid',
      'commands',
    );
    const mutation = fc.array(fc.tuple(names, anything), { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(mutation, (changes) => {
        const mutant = { ...example, ...Object.fromEntries(changes) };
        const reference = Object.setPrototypeOf({ ...mutant }, shape.prototype) as object;
        const errors = validateSync(reference, { forbidUnknownValues: true });
        expect(accepts(shape, mutant)).toBe(errors.length === 0);
        if (errors.length > 0) expect(compiledCheck(shape)(reference)).toBe(false);
      }),
      { numRuns: 500 },
    );
  });
});

function accepts(shape: new () => object, plain: object): boolean {
  try {
    valid(shape, plain);
    return true;
  } catch (error) {
    if (error instanceof InvalidShape) return false;
    throw error;
  }
}
