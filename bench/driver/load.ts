import type { HttpAnswer } from './answer-reader.ts';
import { Connection } from './connection.ts';

/** One request to send. */
export interface Job {
  request: string;
  /** Told of the answer. @returns what is wrong with it, undefined when it is as it must be */
  answered(answer: HttpAnswer): string | undefined;
}

/** Where a load takes its next request from; each is asked for when a connection is free. */
export type NextJob = () => Job;

export interface Load {
  requests: number;
  /** answers that were not as they must be; they are in no other figure */
  errors: number;
  firstError: string | undefined;
  seconds: number;
  /** of each request, ms, ascending */
  latencies: Float64Array;
  /** CPU seconds of this process meanwhile */
  driverCpu: number;
}

export interface LoadOptions {
  url: URL;
  connections: number;
  seconds: number;
  next: NextJob;
  signal: AbortSignal;
}

/** After so many errors the rest is not worth waiting for. */
const ERRORS_ENOUGH = 100;

/**
 * Keeps `connections` connections busy for `seconds`: each sends its next request as soon as the last is answered, so
 * the load follows what the server can do (a closed loop). What is on its way when time is up is waited for and counts.
 *
 * @throws Error when a connection ends or cannot be opened
 */
export async function drive({ url, connections, seconds, next, signal }: LoadOptions): Promise<Load> {
  const open = await Promise.all(Array.from({ length: connections }, () => Connection.open(url)));
  const abort = () => {
    for (const connection of open) connection.close();
  };
  signal.addEventListener('abort', abort);
  const latencies: number[] = [];
  let errors = 0;
  let firstError: string | undefined;
  const cpu = process.cpuUsage();
  const start = performance.now();
  const deadline = start + seconds * 1000;

  const one = async (connection: Connection) => {
    let sent = performance.now();
    while (sent < deadline && errors < ERRORS_ENOUGH) {
      const job = next();
      sent = performance.now();
      const answer = await connection.send(job.request);
      const took = performance.now() - sent;
      const fault = job.answered(answer);
      if (fault === undefined) latencies.push(took);
      else {
        errors++;
        firstError ??= fault;
      }
      sent = performance.now();
    }
  };
  try {
    await Promise.all(open.map(one));
    const { user, system } = process.cpuUsage(cpu);
    return {
      requests: latencies.length,
      errors,
      firstError,
      seconds: (performance.now() - start) / 1000,
      latencies: Float64Array.from(latencies).sort(),
      driverCpu: (user + system) / 1e6,
    };
  } finally {
    signal.removeEventListener('abort', abort);
    abort();
  }
}

/** An `answered` that wants one of some statuses and, in the body, a text. */
export function expecting(statuses: readonly number[], text = '', done: () => void = () => {}) {
  return ({ status, body }: HttpAnswer): string | undefined => {
    if (!statuses.includes(status)) return `${status}: ${body.toString().slice(0, 200)}`;
    if (text !== '' && !body.includes(text)) return `${status} without ${text}: ${body.toString().slice(0, 200)}`;
    done();
    return undefined;
  };
}
