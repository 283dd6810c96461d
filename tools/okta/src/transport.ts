import { Agent as HttpAgent, request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { setTimeout as wait } from 'node:timers/promises';
import { decodeBody, faultInScimError, readJson } from './answer.ts';
import { isJsonObject, type JsonObject } from './json.ts';
import { OktaTask } from './task.ts';

/**
 * The four ways an administrator may paste the same pair:
 * `basic` (Okta, the set-up article), `bearer`, `header` (the token alone, without a scheme) and
 * `bearer-pair` (`Bearer username:token`, what Entra administrators paste as their one secret).
 */
export type Credentials =
  | { mode: 'basic' | 'bearer-pair'; username: string; token: string }
  | { mode: 'bearer' | 'header'; token: string };

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** One request and its answer, as they went over the wire; the credentials are already replaced. */
export interface Exchange {
  method: Method;
  /** Below the base URL, query included and still encoded. */
  path: string;
  /** 0 when no answer came. */
  status: number;
  ms: number;
  /** 1 for the first try, then one more for each repetition after a 429. */
  attempt: number;
  requestHeaders: Record<string, string>;
  requestBody: JsonObject | undefined;
  responseHeaders: IncomingHttpHeaders;
  /** The parsed JSON; the text when it is not JSON; undefined when there is none. */
  responseBody: unknown;
  /** The service's X-Request-Id, to find the request in its logs. */
  requestId?: string | undefined;
  /** Why no usable answer came: a timeout, a refused connection, a body that is not JSON, … */
  fault?: string | undefined;
}

export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  body: unknown;
  requestId: string | undefined;
}

export interface TransportOptions {
  /** For example `https://scim.example.com/scim/v2`; a trailing slash is dropped. */
  baseUrl: string;
  credentials: Credentials;
  onExchange?: (exchange: Exchange) => void;
  /** Okta gives up after 60 seconds. */
  timeoutMs?: number;
  /** How often one request is sent at most when every answer is 429. */
  tries?: number;
  sleep?: (ms: number) => Promise<unknown>;
  /** Milliseconds of a clock that never goes back. */
  now?: () => number;
  /** Sockets open at once; unlimited unless told. */
  maxSockets?: number;
}

const firstBackoffMs = 5 * 60_000;

/** The value of the Authorization header for each mode of {@link Credentials}. */
export function authorization(credentials: Credentials): string {
  switch (credentials.mode) {
    case 'basic':
      return `Basic ${Buffer.from(`${credentials.username}:${credentials.token}`, 'utf8').toString('base64')}`;
    case 'bearer-pair':
      return `Bearer ${credentials.username}:${credentials.token}`;
    case 'bearer':
      return `Bearer ${credentials.token}`;
    case 'header':
      return credentials.token;
  }
}

/** Okta honours an integer Retry-After (seconds) only; a date or a fraction counts as no header. */
export function retryAfterMs(header: string | undefined): number | undefined {
  return header !== undefined && /^\d+$/.test(header.trim()) ? Number(header.trim()) * 1000 : undefined;
}

/**
 * Okta's HTTP client: the same headers in the same order, keep-alive, 60 s of patience, and 429 as the only
 * answer that is tried again. Everything else that is not a 2xx with JSON (or no body) is thrown as {@link OktaTask}.
 */
export class ScimTransport {
  private readonly base: URL;
  private readonly basePath: string;
  private readonly options: TransportOptions;
  private readonly agent: HttpAgent | HttpsAgent;
  private readonly timeoutMs: number;
  private readonly tries: number;
  private readonly sleep: (ms: number) => Promise<unknown>;
  private readonly now: () => number;

  constructor(options: TransportOptions) {
    this.options = options;
    this.base = new URL(options.baseUrl);
    this.basePath = this.base.pathname.replace(/\/+$/, '');
    const agentOptions = { keepAlive: true, maxSockets: options.maxSockets ?? Number.POSITIVE_INFINITY };
    this.agent = this.base.protocol === 'https:' ? new HttpsAgent(agentOptions) : new HttpAgent(agentOptions);
    this.timeoutMs = options.timeoutMs ?? 60_000;
    this.tries = options.tries ?? 10;
    this.sleep = options.sleep ?? wait;
    this.now = options.now ?? (() => performance.now());
  }

  /**
   * Sends one request, again after each 429 until the tries are used up.
   * @param path below the base URL, already percent-encoded, for example `/Users?startIndex=1&count=2`
   * @throws OktaTask for every answer that is not a 2xx, for a body that is not JSON, and when no answer comes
   */
  async request(method: Method, path: string, body?: JsonObject): Promise<Answer> {
    let backoffMs = firstBackoffMs;
    for (let attempt = 1; ; attempt++) {
      const { answer, fault } = await this.once(method, path, body, attempt);
      const { status, requestId } = answer;
      if (fault !== undefined) throw new OktaTask({ method, path, status, detail: fault, requestId });
      if (status >= 200 && status < 300) return answer;
      if (status !== 429 || attempt >= this.tries) {
        const error = isJsonObject(answer.body) ? answer.body : {};
        throw new OktaTask({
          method,
          path,
          status,
          scimType: typeof error.scimType === 'string' ? error.scimType : undefined,
          detail: typeof error.detail === 'string' ? error.detail : '(no detail)',
          requestId,
        });
      }
      const told = retryAfterMs(answer.headers['retry-after']);
      await this.sleep(told ?? backoffMs);
      if (told === undefined) backoffMs *= 2;
    }
  }

  /** Closes the idle connections. */
  close(): void {
    this.agent.destroy();
  }

  private async once(
    method: Method,
    path: string,
    body: JsonObject | undefined,
    attempt: number,
  ): Promise<{ answer: Answer; fault: string | undefined }> {
    const text = body === undefined ? undefined : JSON.stringify(body);
    const headers = this.headers(text);
    const started = this.now();
    const answer: Answer = { status: 0, headers: {}, body: undefined, requestId: undefined };
    let fault: string | undefined;
    try {
      const received = await this.send(method, path, text, headers);
      answer.status = received.status;
      answer.headers = received.headers;
      const id = received.headers['x-request-id'];
      answer.requestId = Array.isArray(id) ? id[0] : id;
      const decoded = decodeBody(received.raw, received.headers['content-encoding']);
      if (decoded !== '') ({ body: answer.body, fault } = readJson(decoded, received.headers['content-type']));
      const success = answer.status >= 200 && answer.status < 300;
      if (!success) fault ??= faultInScimError(answer.status, answer.body);
    } catch (error) {
      fault = error instanceof Error ? error.message || error.name : String(error);
    }
    this.options.onExchange?.({
      method,
      path,
      status: answer.status,
      ms: this.now() - started,
      attempt,
      requestHeaders: { ...headers, Authorization: '[redacted]' },
      requestBody: body,
      responseHeaders: answer.headers,
      responseBody: answer.body,
      requestId: answer.requestId,
      fault,
    });
    return { answer, fault };
  }

  /** The order is that of recorded requests; a request without a body has no Content-Type. */
  private headers(text: string | undefined): Record<string, string> {
    return {
      Accept: 'application/scim+json',
      'Accept-Charset': 'utf-8',
      ...(text === undefined ? {} : { 'Content-Type': 'application/scim+json; charset=utf-8' }),
      'User-Agent': 'Okta SCIM Client 1.0.0',
      Authorization: authorization(this.options.credentials),
      ...(text === undefined ? {} : { 'Content-Length': String(Buffer.byteLength(text)) }),
      Host: this.base.host,
      Connection: 'Keep-Alive',
      'Accept-Encoding': 'gzip,deflate',
    };
  }

  private send(
    method: Method,
    path: string,
    text: string | undefined,
    headers: Record<string, string>,
  ): Promise<{ status: number; headers: IncomingHttpHeaders; raw: Buffer }> {
    const { protocol, hostname, port } = this.base;
    const request = protocol === 'https:' ? httpsRequest : httpRequest;
    return new Promise((resolve, reject) => {
      let late = false;
      const outgoing = request(
        {
          protocol,
          hostname: hostname.replace(/^\[|\]$/g, ''),
          port: port === '' ? undefined : port,
          method,
          path: this.basePath + path,
          headers,
          agent: this.agent,
        },
        (incoming) => {
          const chunks: Buffer[] = [];
          incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
          incoming.on('error', fail);
          incoming.on('end', () => {
            clearTimeout(timer);
            resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, raw: Buffer.concat(chunks) });
          });
        },
      );
      const timer = setTimeout(() => {
        late = true;
        outgoing.destroy(new Error('timeout'));
      }, this.timeoutMs);
      const fail = (error: NodeJS.ErrnoException): void => {
        clearTimeout(timer);
        reject(
          late
            ? new Error(`no answer within ${this.timeoutMs / 1000} s`)
            : new Error(error.message || (error.code ?? 'failed')),
        );
      };
      outgoing.on('error', fail);
      outgoing.end(text);
    });
  }
}
