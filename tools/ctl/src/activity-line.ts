import type { HandledRequest } from '#directory-api/activity';
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

/** The status of the request a message tells of, or undefined where it tells of none. */
export function statusOf(content: string): number | undefined {
  try {
    return (JSON.parse(content) as { data?: { status?: number } }).data?.status;
  } catch {
    return undefined;
  }
}
