import type { AttributeChange, CausedEvent, HandledRequest, ShownActivity } from '#directory-api/activity';
import { plain } from './text.ts';

/** The parts of a request that a line shows; what was published by somebody else may lack any of them. */
export type Shown = Partial<HandledRequest>;

/** A handled request as one line: when, what, how it ended, and the id to ask further with. */
export function activityLine(request: Shown): string {
  const { at, method, path, resourceId, status, ms, client, requestId } = request;
  const target = resourceId ? String(path).replace(':id', resourceId) : path;
  const parts = [at, status, method, target, `${ms}ms`, client, ...remarks(request), `request=${requestId}`];
  return plain(parts.join(' '));
}

/** What went wrong or was done only in part, in words. */
function remarks({ scimType, detail, warnings }: Shown): string[] {
  return [
    ...Object.entries(warnings ?? {}).map(([kind, count]) => `${kind}=${count}`),
    ...(scimType ? [scimType] : []),
    ...(detail ? [JSON.stringify(detail)] : []),
  ];
}

/** The same of a message from the exchange; what is not an event is shown all the same. */
export function activityEventLine(content: string): string {
  try {
    const { time, requestid, data } = JSON.parse(content) as { time: string; requestid: string; data: Shown };
    return activityLine({ ...data, at: time, requestId: requestid });
  } catch {
    return `not an event: ${plain(content)}`;
  }
}

/** What a message tells of a request; nothing where it tells of none. */
export function toldOf(content: string): Shown {
  try {
    return (JSON.parse(content) as { data?: Shown }).data ?? {};
  } catch {
    return {};
  }
}

/** What a request made happen: each event, and below it what it changed. */
export function causedLines({ requests, events, eventCount }: ShownActivity): string[] {
  if (events.length === 0) return [requests.some(wrote) ? '  nothing changed' : '  no events'];
  const rest = eventCount - events.length;
  return [...events.flatMap(eventLines), ...(rest > 0 ? [`  and ${rest} more events`] : [])];
}

/** A write that was done: if it made no event, all was as it asked already. */
function wrote({ method, path, status }: HandledRequest): boolean {
  return ['POST', 'PUT', 'PATCH', 'DELETE'].includes(method) && !path.endsWith('.search') && status < 300;
}

function eventLines({ id, type, subject, version, published, changes }: CausedEvent): string[] {
  const event = `  ${type} ${subject} v${version} ${published ? 'published' : 'waiting'} event=${id}`;
  return [plain(event), ...(changes ?? []).map((change) => plain(`    ${changeText(change)}`))];
}

function changeText({ path, before, after, hidden }: AttributeChange): string {
  if (hidden) return `${path}: changed, not kept`;
  if (after === undefined) return `${path}: ${before} → nothing`;
  return `${path}: ${before === undefined ? '' : `${before} `}→ ${after}`;
}
