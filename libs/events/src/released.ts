import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { catalog } from './catalog.ts';
import type { CloudEvent } from './envelope.ts';
import { exampleEvent } from './example.ts';

/** An event as some release told it, in a file that is written once and never changed. */
export interface ReleasedEvent {
  file: string;
  type: string;
  /** the bytes on the wire */
  content: string;
}

/** Every event that any release told an example of: what is in queues, outboxes and streams may look like each of them. */
export function releasedEvents(folder: string): ReleasedEvent[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.json'))
    .toSorted()
    .map((file) => {
      const content = readFileSync(join(folder, file), 'utf8');
      return { file, type: (JSON.parse(content) as CloudEvent).type, content };
    });
}

/** Types of the catalog whose example, as it is now, is not among the released ones. */
export function unreleasedTypes(folder: string): string[] {
  const released = releasedEvents(folder).map(({ content }): unknown => JSON.parse(content));
  return Object.keys(catalog).filter((type) => !released.some((event) => isDeepStrictEqual(event, wire(type))));
}

/**
 * Keeps the examples that are not kept yet, each in a new file: `<type>.json`, and `<type>.2.json` … once fields were added.
 *
 * @returns the files it wrote
 */
export function release(folder: string): string[] {
  return unreleasedTypes(folder).map((type) => {
    const before = releasedEvents(folder).filter((event) => event.type === type).length;
    const file = before === 0 ? `${type}.json` : `${type}.${before + 1}.json`;
    writeFileSync(join(folder, file), `${JSON.stringify(wire(type), null, 2)}\n`, { flag: 'wx' });
    return file;
  });
}

/** The example as JSON has it: no class, nothing undefined. */
function wire(type: string): unknown {
  return JSON.parse(JSON.stringify(exampleEvent(type)));
}
