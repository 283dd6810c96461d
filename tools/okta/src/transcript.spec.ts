import { describe, expect, it } from '@jest/globals';
import { exchangeLine, Transcript } from './transcript.ts';
import type { Exchange } from './transport.ts';

const exchange = (fields: Partial<Exchange>): Exchange => ({
  method: 'GET',
  path: '/Users',
  status: 200,
  ms: 11.6,
  attempt: 1,
  requestHeaders: {},
  responseHeaders: {},
  requestBody: undefined,
  responseBody: undefined,
  ...fields,
});
const id = '01920000-0000-7000-8000-00000000abcd';
const patch = (...Operations: object[]) =>
  exchange({ method: 'PATCH', path: `/Groups/${id}`, requestBody: { Operations } });
const scimError = { status: '409', scimType: 'uniqueness', detail: 'taken' };

describe('exchangeLine', () => {
  it.each<[Exchange, string]>([
    [
      patch({ op: 'replace', path: 'members', value: Array(100).fill({}) }),
      'PATCH  /Groups/0192…abcd  200  12 ms  replace members (100)',
    ],
    [
      patch(
        { op: 'remove', path: 'members[value eq "1"]' },
        { op: 'remove', path: 'members[value eq "2"]' },
        { op: 'add', path: 'members', value: [{}] },
        { op: 'replace', value: { id, displayName: 'Sales' } },
      ),
      'PATCH  /Groups/0192…abcd  200  12 ms  remove members (2), add members (1), name "Sales"',
    ],
    [
      exchange({ path: '/Users?filter=userName+eq+%22a%40example.com%22', responseBody: { totalResults: 0 } }),
      'GET    /Users?filter=userName eq "a@example.com"  200  12 ms  0 found',
    ],
    [
      exchange({ method: 'POST', status: 409, requestBody: { userName: 'a@example.com' }, responseBody: scimError }),
      'POST   /Users  409  12 ms  create a@example.com → uniqueness: taken',
    ],
    [exchange({ status: 0, attempt: 2, fault: 'no answer' }), 'GET    /Users  ---  12 ms  no answer (try 2)'],
    [exchange({ method: 'DELETE', status: 204, path: `/Groups/${id}` }), 'DELETE /Groups/0192…abcd  204  12 ms'],
  ])('%#', (given, expected) => {
    expect(exchangeLine(given)).toBe(expected);
  });
});

describe('Transcript', () => {
  it('folds a long step but never a failure', () => {
    const lines: string[] = [];
    const transcript = new Transcript({ write: (line) => lines.push(line.trim()), linesPerStep: 1 });
    for (const status of [200, 200, 500, 200]) transcript.add(exchange({ status }));
    transcript.endStep();
    expect(lines).toEqual(['GET    /Users  200  12 ms', 'GET    /Users  500  12 ms', '… and 2 more that went well']);
  });

  it('shows bodies when verbose, without secrets', () => {
    const lines: string[] = [];
    const transcript = new Transcript({ write: (line) => lines.push(line), verbose: true });
    transcript.add(
      exchange({
        method: 'PATCH',
        requestHeaders: { Authorization: 'Bearer s3cret', Accept: 'application/scim+json' },
        requestBody: { Operations: [{ op: 'replace', value: { password: 's3cret' } }] },
        responseBody: { id: 'shown' },
      }),
    );
    const text = lines.join('\n');
    expect(text).toContain('> Authorization: [redacted]');
    expect(text).toContain('> Accept: application/scim+json');
    expect(text).toContain('"password": "[redacted]"');
    expect(text).toContain('"id": "shown"');
    expect(text).not.toContain('s3cret');
  });
});
