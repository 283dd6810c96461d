import { residentMb } from '../harness/memory.ts';
import { random } from '../harness/random.ts';
import type { System, Team } from '../harness/system.ts';
import { type FuzzRequest, requestFor } from './requests.ts';
import type { Known } from './shapes.ts';

export interface FuzzOptions {
  requests: number;
  seed: number;
  /** requests under way at once */
  clients: number;
}

export interface FuzzReport {
  sent: number;
  /** answers by status */
  statuses: Record<string, number>;
  /** what should not have happened, one line each; the first of them */
  problems: string[];
  slowestMs: number;
  /** resident memory, MB: the median of the run's second quarter and of its last */
  memory: Record<string, { early: number; late: number }>;
}

const PATIENCE_MS = 30_000;
const ERROR = 'urn:ietf:params:scim:api:messages:2.0:Error';
const MOST_PROBLEMS = 20;
/** how many of each kind are remembered, so that the tenant's size is what changes and not ours */
const MOST_KNOWN = 2_000;

/**
 * Sends schema-shaped random requests to the whole system and looks at every answer: in time, never a 5xx but the 501 of
 * /Me, an error always a SCIM error. The same seed gives each client the same requests, but for the ids of what it made.
 */
export async function fuzz(
  system: Pick<System, 'gateway' | 'directory' | 'billing' | 'createTeam'>,
  { requests, seed, clients }: FuzzOptions,
  onProgress: (sent: number) => void = () => {},
): Promise<FuzzReport> {
  const team = await system.createTeam('users_and_groups');
  const known: Known = { users: [], groups: [], cursors: [] };
  const report: FuzzReport = { sent: 0, statuses: {}, problems: [], slowestMs: 0, memory: {} };
  const samples = new Map<string, number[]>();
  const apps = [system.gateway, system.directory, system.billing];
  const every = Math.max(1, Math.floor(requests / 200));
  const client = async (index: number) => {
    const next = random(seed + index);
    while (report.sent < requests && report.problems.length < MOST_PROBLEMS) {
      const at = report.sent++;
      await send(team, requestFor(next, known), known, report, at);
      if (at % every !== 0) continue;
      for (const { name, pid } of apps) samples.set(name, [...(samples.get(name) ?? []), Math.round(residentMb(pid))]);
      onProgress(at);
    }
  };
  await Promise.all(Array.from({ length: clients }, (_, index) => client(index)));
  for (const [name, values] of samples) report.memory[name] = quarters(values);
  return report;
}

async function send(team: Team, request: FuzzRequest, known: Known, report: FuzzReport, at: number): Promise<void> {
  const began = performance.now();
  const problem = (text: string) => {
    const body = request.body && !request.headers['content-encoding'] ? ` ${Buffer.from(request.body)}` : '';
    report.problems.push(`request ${at}: ${request.method} ${request.path}${body.slice(0, 2_000)}: ${text}`);
  };
  try {
    const response = await fetch(team.scimBaseUrl + request.path, {
      method: request.method,
      headers: { authorization: `Bearer ${team.token}`, ...request.headers },
      signal: AbortSignal.timeout(PATIENCE_MS),
      ...(request.body && { body: request.body as Uint8Array<ArrayBuffer> }),
    });
    const text = await response.text();
    const { status } = response;
    report.statuses[status] = (report.statuses[status] ?? 0) + 1;
    const wrong = wrongWith(request, status, text);
    if (wrong) problem(`${status} ${wrong}: ${text.slice(0, 300)}`);
    else if (text !== '') learn(known, text, request.method);
  } catch (error) {
    problem(String(error));
  }
  report.slowestMs = Math.max(report.slowestMs, performance.now() - began);
}

function wrongWith({ method, path }: FuzzRequest, status: number, text: string): string | undefined {
  if (status >= 500 && !(status === 501 && path === '/Me')) return 'a failure of ours';
  if (status === 401 || status === 415 || status === 431) return 'not an answer to such a request';
  if (method === 'HEAD' || status === 204 || status === 304)
    return text === '' ? undefined : 'a body where none may be';
  const body = JSON.parse(text) as { schemas?: unknown[]; status?: string };
  if (status < 400) return Array.isArray(body.schemas) ? undefined : 'no schemas';
  return body.schemas?.[0] === ERROR && body.status === String(status) ? undefined : 'not a SCIM error';
}

function learn(known: Known, text: string, method: string): void {
  const { id, nextCursor, meta } = JSON.parse(text) as {
    id?: string;
    nextCursor?: string;
    meta?: { resourceType?: string };
  };
  if (nextCursor !== undefined) keep(known.cursors, nextCursor);
  if (method !== 'POST' || id === undefined) return;
  if (meta?.resourceType === 'User') keep(known.users, id);
  if (meta?.resourceType === 'Group') keep(known.groups, id);
}

function keep(list: string[], value: string): void {
  list.push(value);
  if (list.length > MOST_KNOWN) list.splice(0, list.length / 2);
}

function quarters(values: readonly number[]): { early: number; late: number } {
  const quarter = Math.floor(values.length / 4);
  return { early: median(values.slice(quarter, 2 * quarter)), late: median(values.slice(-Math.max(1, quarter))) };
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
