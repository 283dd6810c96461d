import { InvalidShape, valid } from '#runtime/valid';
import { catalog } from './catalog.ts';
import { CloudEvent } from './envelope.ts';

/** The message is not an event of the catalog; trying again will not help. */
export class UnreadableEvent extends Error {
  constructor(reason: string) {
    super(reason);
    this.name = 'UnreadableEvent';
  }
}

/**
 * Reads an event from the wire and checks envelope and data against the catalog. Its ids come out in lower case, as
 * the database gives them back.
 *
 * @throws UnreadableEvent for malformed JSON, an envelope or data of another shape, or a type nobody knows
 */
export function readEvent(content: Buffer | string): CloudEvent {
  try {
    const event = valid(CloudEvent, JSON.parse(content.toString()));
    const entry = catalog[event.type];
    if (!entry) throw new UnreadableEvent(`the catalog has no event ${event.type}`);
    event.data = valid(entry.data, event.data);
    event.id = event.id.toLowerCase();
    event.tenantid = event.tenantid.toLowerCase();
    return event;
  } catch (error) {
    if (error instanceof SyntaxError) throw new UnreadableEvent('the message is not JSON');
    if (error instanceof InvalidShape) throw new UnreadableEvent(error.message);
    throw error;
  }
}
