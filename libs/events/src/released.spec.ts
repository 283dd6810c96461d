import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { readEvent } from './read-event.ts';
import { releasedEvents, unreleasedTypes } from './released.ts';

const folder = fileURLToPath(new URL('../released', import.meta.url));

describe('released events', () => {
  it('hold the example of every type of the catalog (npm run asyncapi adds what is missing)', () => {
    expect(unreleasedTypes(folder)).toEqual([]);
  });

  it.each(releasedEvents(folder))('$file is still read as it was told', ({ content }) => {
    expect(JSON.parse(JSON.stringify(readEvent(content)))).toEqual(JSON.parse(content));
  });
});
