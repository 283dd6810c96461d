import { isJsonObject } from './json.ts';
import type { Exchange } from './transport.ts';

export interface TranscriptOptions {
  write: (line: string) => void;
  /** Headers and bodies too, passwords and credentials replaced. */
  verbose?: boolean;
  /** Lines before the first "… more"; failures are always shown. Unlimited when verbose. */
  linesPerStep?: number;
}

/** Prints exchanges as they come, a line each, and folds the tail of a long step into one line. */
export class Transcript {
  private readonly options: TranscriptOptions;
  private readonly limit: number;
  private shown = 0;
  private folded = 0;

  constructor(options: TranscriptOptions) {
    this.options = options;
    this.limit = options.verbose ? Number.POSITIVE_INFINITY : (options.linesPerStep ?? Number.POSITIVE_INFINITY);
  }

  add(exchange: Exchange): void {
    const failed = exchange.fault !== undefined || exchange.status >= 300;
    if (this.shown >= this.limit && !failed) {
      this.folded++;
      return;
    }
    this.shown++;
    this.options.write(`   ${exchangeLine(exchange)}`);
    if (this.options.verbose) for (const line of exchangeDetail(exchange)) this.options.write(`      ${line}`);
  }

  /** Says how many lines were folded, and starts counting anew. */
  endStep(): void {
    if (this.folded > 0) this.options.write(`   … and ${this.folded} more that went well`);
    this.shown = 0;
    this.folded = 0;
  }
}

/** `PATCH  /Groups/0192…9f3c  200  12 ms  add members (100)` */
export function exchangeLine(exchange: Exchange): string {
  const status = exchange.status === 0 ? '---' : String(exchange.status);
  const ms = `${Math.round(exchange.ms)} ms`;
  const again = exchange.attempt > 1 ? ` (try ${exchange.attempt})` : '';
  const said = [describeRequest(exchange), describeAnswer(exchange)].filter((part) => part !== '').join(' → ');
  return `${exchange.method.padEnd(6)} ${readablePath(exchange.path)}  ${status}  ${ms}  ${said}${again}`.trimEnd();
}

/** The headers and bodies of an exchange as lines; passwords at any depth and the credentials are replaced. */
export function exchangeDetail(exchange: Exchange): string[] {
  const headers = Object.entries(exchange.requestHeaders).map(
    ([name, value]) => `> ${name}: ${name.toLowerCase() === 'authorization' ? '[redacted]' : value}`,
  );
  return [
    `> ${exchange.method} ${exchange.path}`,
    ...headers,
    ...bodyLines('>', exchange.requestBody),
    ...(exchange.requestId === undefined ? [] : [`< X-Request-Id: ${exchange.requestId}`]),
    ...bodyLines('<', exchange.responseBody),
  ];
}

function bodyLines(mark: string, body: unknown): string[] {
  if (body === undefined) return [];
  const text = typeof body === 'string' ? body : JSON.stringify(body, hidePassword, 2);
  return text.split('\n').map((line) => `${mark} ${line}`);
}

function hidePassword(key: string, value: unknown): unknown {
  return /^password$/i.test(key) ? '[redacted]' : value;
}

/** Decoded, with the middle of long ids left out: the ends of a UUIDv7 tell two of them apart. */
function readablePath(path: string): string {
  const spaced = path.replaceAll('+', '%20');
  let text: string;
  try {
    text = decodeURIComponent(spaced);
  } catch {
    text = path;
  }
  return text.replace(/\/([0-9a-z]{4})[0-9a-z-]{20,}([0-9a-z]{4})(?=$|[?/])/gi, '/$1…$2');
}

function describeRequest({ method, path, requestBody }: Exchange): string {
  if (requestBody === undefined) return '';
  if (method === 'PATCH' && Array.isArray(requestBody.Operations)) {
    return describeOperations(requestBody.Operations.filter(isJsonObject));
  }
  const verb = method === 'POST' ? 'create' : 'replace';
  if (path.startsWith('/Groups')) {
    const members = Array.isArray(requestBody.members) ? requestBody.members.length : 0;
    return `${verb} group "${requestBody.displayName}" (${members})`;
  }
  return `${verb} ${requestBody.userName}${requestBody.active === false ? ', active false' : ''}`;
}

function describeOperations(operations: readonly { [key: string]: unknown }[]): string {
  const parts: string[] = [];
  const removals = operations.filter(({ op, path }) => op === 'remove' && String(path).startsWith('members[')).length;
  if (removals > 0) parts.push(`remove members (${removals})`);
  for (const { op, path, value } of operations) {
    if (op === 'remove' && String(path).startsWith('members[')) continue;
    if (path === 'members' && Array.isArray(value)) parts.push(`${op} members (${value.length})`);
    else if (path !== undefined) parts.push(`${op} ${path}`);
    else if (isJsonObject(value)) parts.push(describeValue(String(op), value));
  }
  return parts.join(', ');
}

function describeValue(op: string, value: { [key: string]: unknown }): string {
  if (typeof value.active === 'boolean') return `active ${value.active}`;
  if ('password' in value) return 'password';
  const members = Array.isArray(value.members) ? `${op} members (${value.members.length})` : undefined;
  const name = typeof value.displayName === 'string' ? `name "${value.displayName}"` : undefined;
  return [members, name].filter((part) => part !== undefined).join(', ') || op;
}

function describeAnswer({ method, path, responseBody, fault }: Exchange): string {
  if (fault !== undefined) return fault;
  if (!isJsonObject(responseBody)) return '';
  if (typeof responseBody.status === 'string') {
    return [responseBody.scimType, responseBody.detail].filter((part) => typeof part === 'string').join(': ');
  }
  if (typeof responseBody.totalResults === 'number') return `${responseBody.totalResults} found`;
  if (method === 'GET' && path.startsWith('/Groups/')) {
    return `${Array.isArray(responseBody.members) ? responseBody.members.length : 0} members`;
  }
  return '';
}
