import { gzipSync } from 'node:zlib';
import type { Team } from '../harness/system.ts';
import type { Step } from './case.ts';
import { mismatch } from './pattern.ts';
import { at, fill, type Variables } from './variables.ts';

const ERROR = 'urn:ietf:params:scim:api:messages:2.0:Error';
const PATIENCE_MS = 30_000;

/** Sends a step's request as the team's identity provider. @throws with what was expected and what came */
export async function perform(
  team: Pick<Team, 'scimBaseUrl' | 'username' | 'token'>,
  step: Step,
  variables: Variables,
  headers: Readonly<Record<string, string>> = {},
): Promise<void> {
  const { request, body, gzip, status, expect, header } = fill(step, variables);
  const [method = '', target = ''] = request.split(/ (.*)/s);
  const response = await fetch(team.scimBaseUrl + encodeURI(target), {
    method,
    headers: {
      ...headersOf(team, { ...headers, ...fill(step.headers ?? {}, variables) }, body),
      ...(gzip && { 'content-encoding': 'gzip' }),
    },
    signal: AbortSignal.timeout(PATIENCE_MS),
    ...(body !== undefined && { body: bytesOf(body, gzip) }),
  });
  const text = await response.text();
  const answer = parsed(text);
  const problem =
    statusMismatch(status, response.status) ??
    everywhere(method, response, text, answer) ??
    (expect !== undefined && mismatch(expect, answer)) ??
    undefined;
  const wrong = problem || headerMismatch(header ?? {}, response.headers);
  if (wrong) throw new Error(`${request}\n${wrong}\nanswer: ${response.status} ${shortened(text)}`);
  for (const [name, path] of Object.entries(step.keep ?? {})) {
    const value = path.startsWith('header:') ? response.headers.get(path.slice(7)) : at(answer, path);
    if (value === undefined || value === null) throw new Error(`${request}\nthe answer has no ${path}`);
    variables[name] = String(value);
  }
}

function bytesOf(body: unknown, gzip?: true): string | Uint8Array<ArrayBuffer> {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return gzip ? new Uint8Array(gzipSync(text)) : text;
}

function headersOf(
  { username, token }: Pick<Team, 'username' | 'token'>,
  given: Readonly<Record<string, string | null>>,
  body: unknown,
): Record<string, string> {
  const usual = {
    authorization: `Basic ${Buffer.from(`${username}:${token}`).toString('base64')}`,
    accept: 'application/scim+json',
    ...(body !== undefined && { 'content-type': 'application/scim+json' }),
  };
  const all: Record<string, string | null> = { ...usual, ...given };
  return Object.fromEntries(Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== null));
}

/** What holds for every answer: SCIM's media type, a request id, errors as RFC 7644 §3.12 has them, no password. */
function everywhere(method: string, response: Response, text: string, answer: unknown): string | undefined {
  const { status, headers } = response;
  if (!headers.get('x-request-id')) return 'the answer has no request id';
  if (text.includes('"password"') && !text.includes('"attributes"')) return 'the answer holds a password';
  const empty = status === 204 || status === 304 || method === 'HEAD';
  if (empty) return text === '' ? undefined : 'the answer must have no body';
  if (!headers.get('content-type')?.startsWith('application/scim+json')) {
    return `content-type: expected application/scim+json, got ${headers.get('content-type')}`;
  }
  if (status < 400) return undefined;
  return mismatch({ schemas: [ERROR], status: String(status), detail: '<text>' }, answer);
}

function statusMismatch(expected: number | readonly number[], got: number): string | undefined {
  const among: readonly number[] = typeof expected === 'number' ? [expected] : expected;
  return among.includes(got) ? undefined : `status: expected ${among.join(' or ')}, got ${got}`;
}

function headerMismatch(patterns: Readonly<Record<string, unknown>>, headers: Headers): string | undefined {
  for (const [name, pattern] of Object.entries(patterns)) {
    const found = mismatch(pattern, headers.get(name) ?? undefined, `header ${name}`);
    if (found) return found;
  }
  return undefined;
}

function parsed(text: string): unknown {
  try {
    return text === '' ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

function shortened(text: string): string {
  return text.length > 600 ? `${text.slice(0, 600)}…` : text || '(no body)';
}
