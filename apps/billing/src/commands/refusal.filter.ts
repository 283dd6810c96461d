import { Catch, type RpcExceptionFilter } from '@nestjs/common';
import { type Observable, of } from 'rxjs';
import { Rejection } from '#outbox/rejection';
import { isDatabaseAway, unstorableText } from '#postgres/postgres-error';
import { Answer, Unavailable } from '#rabbit/answer';
import { logger } from '#runtime/logger';
import { InvalidShape } from '#runtime/valid';
import { Problem } from '../problem/problem.ts';

/** Makes the answer of a command that could not be carried out: `{detail}` says what to do. */
@Catch()
export class RefusalFilter implements RpcExceptionFilter {
  catch(error: unknown): Observable<Answer> {
    return of(refusal(error));
  }
}

function refusal(error: unknown): Answer {
  if (error instanceof Problem) return Answer.json(error.status, { detail: error.message });
  if (error instanceof InvalidShape) return Answer.json(400, { detail: error.message });
  const unstorable = unstorableText(error);
  if (unstorable) return Answer.json(400, { detail: unstorable });
  if (error instanceof Rejection) {
    return Answer.json(409, {
      detail: `Event ${error.eventId} cannot be applied: ${error.message}. None was applied.`,
    });
  }
  if (error instanceof Unavailable)
    return Answer.json(503, { detail: `${error.message}. Try again in a few seconds.` });
  if (isDatabaseAway(error)) {
    logger.warn({ err: error }, 'the database is away');
    return Answer.json(503, { detail: 'Billing cannot reach its database right now. Try again in a few seconds.' });
  }
  logger.error({ err: error }, 'a command failed');
  return Answer.json(500, { detail: 'Billing failed on this command and changed nothing. Its log has the reason.' });
}
