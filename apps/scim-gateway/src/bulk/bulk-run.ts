import type { Answer } from '#rabbit/answer';
import { type BulkOperation, type BulkRequest, type BulkResult, bulkTarget } from '#scim/bulk';
import { type BulkStep, planBulk } from '#scim/bulk-plan';
import { BulkReferences, postpone } from '#scim/bulk-references';
import { badRequest, type ErrorBody, ScimError } from '#scim/error';
import type { Json, JsonObject } from '#scim/json';
import { PATCH_OP_URN } from '#scim/patch';
import type { Door, Write } from '../resources/write-command.ts';

export interface BulkDoors {
  doors: readonly Door[];
  /** what stands before `/Users` */
  baseUrl: string;
  /** carries out one write, checked like a single request; throws like one */
  ask: (door: Door, write: Write) => Promise<Answer>;
  /** until the answer to the whole must leave */
  msLeft: () => number;
  /** the error body of an answer that is none of success */
  errorIn: (answer: Answer) => ErrorBody;
  /** tells what an operation failed on */
  errorOf: (failure: unknown) => ScimError;
}

/** What an operation made, and what must still be added to it. */
interface Incomplete {
  door: Door;
  id: string;
  later: JsonObject[];
}

const NO_TIME = 'There was no time left for this operation and it did not run. Send it again, with fewer others.';
const NOT_IN_TIME =
  'This operation was not answered within the time of the request. It may have been carried out: read, then send it again.';
const STOPPED = 'failOnErrors was reached';

/**
 * Carries out a bulk request (RFC 7644 §3.7), one operation after the other: what one makes, the next may refer to, and
 * two on the same resource must not overtake each other. An operation that fails is an entry of the response, never the
 * failure of the whole.
 *
 * @returns the results in the order of the request, without the operations that `failOnErrors` kept from running
 */
export async function runBulk({ operations, failOnErrors }: BulkRequest, outside: BulkDoors): Promise<BulkResult[]> {
  const run = new BulkRun(operations, outside);
  for (const step of planBulk(operations)) {
    if (failOnErrors !== undefined && run.failures >= failOnErrors) break;
    await run.take(step);
  }
  return run.end();
}

class BulkRun {
  failures = 0;
  private readonly results: (BulkResult | undefined)[];
  private readonly references: BulkReferences;
  private readonly incomplete = new Map<number, Incomplete>();

  constructor(
    private readonly operations: readonly BulkOperation[],
    private readonly outside: BulkDoors,
  ) {
    this.results = operations.map(() => undefined);
    this.references = new BulkReferences(operations);
  }

  async take(step: BulkStep): Promise<void> {
    const operation = this.operations[step.index];
    if (step.kind === 'complete') await this.complete(step.index);
    else if (operation) await this.carryOut(operation, step.index, step.postponed);
  }

  end(): BulkResult[] {
    for (const index of [...this.incomplete.keys()]) this.leaveIncomplete(index, STOPPED);
    return this.results.filter((result) => result !== undefined);
  }

  private async carryOut(operation: BulkOperation, index: number, postponed: ReadonlySet<string>): Promise<void> {
    const result = await this.resultOf(operation, index, postponed);
    this.results[index] = result;
    if (result.status >= 400) this.failures += 1;
    if (operation.method === 'POST' && operation.bulkId !== undefined) {
      this.references.settle(operation.bulkId, result.status < 400 ? idIn(result.location) : undefined);
    }
  }

  private async resultOf(operation: BulkOperation, index: number, postponed: ReadonlySet<string>): Promise<BulkResult> {
    const { method, version: ifMatch } = operation;
    let location: string | undefined;
    try {
      const path = this.references.inPath(operation.path);
      const { type: door, id } = bulkTarget({ method, path }, this.targets());
      if (id !== undefined) location = `${this.outside.baseUrl}${door.endpoint}/${encodeURIComponent(id)}`;
      const { rest, later } = postpone(dataOf(operation), postponed);
      const write: Write = { method, id, ifMatch, ...(method !== 'DELETE' && { body: this.references.inData(rest) }) };
      const answer = await this.inTime(() => this.outside.ask(door, write));
      const { location: made = location, etag } = answer.headers;
      const madeId = idIn(made);
      if (answer.status < 400 && later.length > 0 && madeId) this.incomplete.set(index, { door, id: madeId, later });
      return {
        operation,
        status: answer.status,
        ...(made && { location: made }),
        ...(answer.status >= 400 ? { response: this.outside.errorIn(answer) } : etag && { version: etag }),
      };
    } catch (failure) {
      const error = this.outside.errorOf(failure);
      return { operation, status: error.status, ...(location && { location }), response: error.toBody() };
    }
  }

  /** Adds what was left out of a resource while what it refers to did not exist (RFC 7644 §3.7.1). */
  private async complete(index: number): Promise<void> {
    const waiting = this.incomplete.get(index);
    const result = this.results[index];
    if (!waiting || !result) return;
    const { door, id, later } = waiting;
    try {
      const body = { schemas: [PATCH_OP_URN], Operations: this.references.inData(later) };
      const answer = await this.inTime(() => this.outside.ask(door, { method: 'PATCH', id, body }));
      if (answer.status >= 400) {
        this.leaveIncomplete(index, this.outside.errorIn(answer).detail);
        return;
      }
      this.incomplete.delete(index);
      const { etag } = answer.headers;
      if (etag) this.results[index] = { ...result, version: etag };
    } catch (failure) {
      this.leaveIncomplete(index, this.outside.errorOf(failure).detail);
    }
  }

  private leaveIncomplete(index: number, why: string): void {
    this.incomplete.delete(index);
    const result = this.results[index];
    if (!result) return;
    const detail = `The resource was made, but without its references to others that refer to it: ${why}`;
    this.failures += 1;
    this.results[index] = { ...result, status: 409, response: new ScimError(409, detail).toBody() };
  }

  /** @throws ScimError 503: the time of the request is over */
  private async inTime(ask: () => Promise<Answer>): Promise<Answer> {
    const ms = this.outside.msLeft();
    if (ms <= 0) throw new ScimError(503, NO_TIME);
    const { promise: late, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(() => reject(new ScimError(503, NOT_IN_TIME)), ms);
    return Promise.race([ask(), late]).finally(() => clearTimeout(timer));
  }

  private targets() {
    return this.outside.doors.map((door) => ({ ...door, endpoint: door.type.endpoint }));
  }
}

/** @throws ScimError 400: only a DELETE goes without data */
function dataOf({ method, data }: BulkOperation): Json {
  if (method === 'DELETE') return null;
  if (data === undefined) throw badRequest('invalidSyntax', `A ${method} needs 'data'. Send the body of the request.`);
  return data;
}

function idIn(location: string | undefined): string | undefined {
  const id = location?.slice(location.lastIndexOf('/') + 1);
  return id && decodeURIComponent(id);
}
