import http from 'node:http';
import https from 'node:https';
import type { LookupFunction } from 'node:net';
import { addressesOf, hostOf, readTarget, TargetRefused, type TargetRules } from './target.ts';

const PATIENCE_MS = 10_000;
/** Of an answer's body, which says nothing to us; whoever sends more is cut off. */
const BODY_BYTES = 64 * 1024;

/** What came of a request; `problem` when the event is not delivered. It holds nothing that the receiver wrote. */
export interface Outcome {
  status?: number;
  problem?: string;
}

/**
 * Requests to one endpoint, over connections that are kept while this lives. The name is resolved when a connection is made,
 * what it stands for is checked, and the connection goes to what was checked: a resolver that says something else a moment
 * later changes nothing. Redirects are not followed.
 */
export class Line {
  private readonly agent: http.Agent;
  private readonly url: URL;

  /** @throws TargetRefused when the URL is none that webhooks are sent to */
  constructor(
    url: string,
    rules: TargetRules,
    private readonly patienceMs = PATIENCE_MS,
  ) {
    this.url = readTarget(url, rules);
    const options = { keepAlive: true, maxSockets: 1, lookup: checked(rules) };
    this.agent = this.url.protocol === 'https:' ? new https.Agent(options) : new http.Agent(options);
  }

  /** Never throws: whatever happens is an outcome. */
  async post(headers: Record<string, string>, body: string): Promise<Outcome> {
    const signal = AbortSignal.timeout(this.patienceMs);
    try {
      const status = await this.exchange(headers, body, signal);
      return status >= 200 && status < 300 ? { status } : { status, problem: `it answered ${status}` };
    } catch (error) {
      if (signal.aborted) return { problem: `it did not answer within ${this.patienceMs / 1e3} s` };
      return { problem: problemOf(error) };
    }
  }

  close(): void {
    this.agent.destroy();
  }

  private exchange(headers: Record<string, string>, body: string, signal: AbortSignal): Promise<number> {
    const { request } = this.url.protocol === 'https:' ? https : http;
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    const sent = request(this.url, {
      method: 'POST',
      hostname: hostOf(this.url),
      agent: this.agent,
      signal,
      headers: { ...headers, 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
    });
    // whatever the other side does, no request is waited for longer than that
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    sent.on('error', reject);
    sent.on('upgrade', (response, socket) => {
      socket.destroy();
      resolve(response.statusCode ?? 0);
    });
    sent.on('response', (response) => {
      const status = response.statusCode ?? 0;
      let bytes = 0;
      response.on('data', (part: Buffer) => {
        bytes += part.length;
        if (bytes <= BODY_BYTES) return;
        response.destroy();
        resolve(status);
      });
      response.on('end', () => resolve(status));
      response.on('error', reject);
    });
    sent.end(body);
    return promise;
  }
}

function checked(rules: TargetRules): LookupFunction {
  return (name, options, answer) => {
    addressesOf(name, rules).then(
      (addresses) => {
        const [first] = addresses;
        if (options.all) answer(null, addresses);
        else if (first) answer(null, first.address, first.family);
      },
      (error: Error) => answer(error, ''),
    );
  };
}

function problemOf(error: unknown): string {
  if (error instanceof TargetRefused) return error.message;
  const code = (error as { code?: unknown } | null)?.code;
  return `it cannot be reached: ${typeof code === 'string' ? code : 'the connection failed'}`;
}
