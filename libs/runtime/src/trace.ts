import { randomBytes } from 'node:crypto';

/** https://www.w3.org/TR/trace-context/ §3.2: version 00; an id of nothing but zeros is none. */
const TRACEPARENT = /^00-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;
/** sampled */
const FLAGS = '01';

/**
 * The W3C trace context of a piece of work done for another: the same trace under a span of its own, or a new trace when
 * there is none or it is malformed.
 */
export function childTrace(traceparent?: string): string {
  return `00-${traceIdOf(traceparent) ?? randomBytes(16).toString('hex')}-${randomBytes(8).toString('hex')}-${FLAGS}`;
}

/** The 32 hexadecimal digits that a trace is found by; undefined where there is none. */
export function traceIdOf(traceparent: string | undefined): string | undefined {
  return TRACEPARENT.exec(traceparent ?? '')?.[1];
}
