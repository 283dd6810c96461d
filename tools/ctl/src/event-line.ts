import type { CloudEvent } from '#events/envelope';
import { plain } from './text.ts';

const DATA_LENGTH = 120;

/**
 * An event as one line: time, type, subject, version, and its data cut short.
 * What is not an event is shown all the same: somebody published it, and an operator wants to know.
 */
export function eventLine(content: string, { withTenant }: { withTenant: boolean }): string {
  const event = readLoosely(content);
  if (!event) return `not an event: ${cut(plain(content))}`;
  const { time, type, subject, version, tenantid, data } = event;
  const parts = [
    time,
    type,
    subject,
    `v${version}`,
    ...(withTenant ? [`tenant=${tenantid}`] : []),
    cut(facts(data, subject)),
  ];
  return plain(parts.join(' ')).trimEnd();
}

/** The tenant an event is of, or undefined where it does not say. */
export function tenantOf(content: string): string | undefined {
  return readLoosely(content)?.tenantid;
}

/** The content as JSON on one line; text that is no JSON becomes a JSON string. */
export function jsonLine(content: string): string {
  try {
    return JSON.stringify(JSON.parse(content));
  } catch {
    return JSON.stringify(content);
  }
}

/** The catalog is not asked: a later version of an event is shown too. */
function readLoosely(content: string): CloudEvent | undefined {
  try {
    const event: unknown = JSON.parse(content);
    return typeof event === 'object' && event !== null && 'type' in event ? (event as CloudEvent) : undefined;
  } catch {
    return undefined;
  }
}

/** What the data says beyond the subject, which is there already. */
function facts(data: unknown, subject: unknown): string {
  return Object.entries(data ?? {})
    .filter(([, value]) => value !== null && !(typeof value === 'string' && String(subject).endsWith(`/${value}`)))
    .map(([name, value]) => `${name}=${short(value)}`)
    .join(' ');
}

function short(value: unknown): string {
  if (Array.isArray(value)) return `[${value.length}]`;
  return typeof value === 'string' && !/\s/.test(value) ? value : JSON.stringify(value);
}

function cut(text: string): string {
  const characters = [...text];
  return characters.length > DATA_LENGTH ? `${characters.slice(0, DATA_LENGTH - 1).join('')}…` : text;
}
