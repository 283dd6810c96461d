import { describe, expect, it } from '@jest/globals';
import { childTrace, traceIdOf } from './trace.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const GIVEN = `00-${TRACE}-00f067aa0ba902b7-01`;

describe('a trace', () => {
  it('goes on under a span of its own', () => {
    const child = childTrace(GIVEN);
    expect(traceIdOf(child)).toBe(TRACE);
    expect(child).not.toBe(GIVEN);
  });

  it.each([
    undefined,
    '',
    'nonsense',
    `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`,
    `00-${TRACE}-${'0'.repeat(16)}-01`,
    `ff-${TRACE}-00f067aa0ba902b7-01`,
  ])('begins anew where %s was sent', (sent) => {
    expect(childTrace(sent)).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
    expect(traceIdOf(childTrace(sent))).not.toBe(TRACE);
  });
});
