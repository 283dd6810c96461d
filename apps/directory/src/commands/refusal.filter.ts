import { Catch, type RpcExceptionFilter } from '@nestjs/common';
import { type Observable, of } from 'rxjs';
import { isDatabaseAway, raisedAs, unstorableText } from '#postgres/postgres-error';
import { Answer, Unavailable } from '#rabbit/answer';
import { logger } from '#runtime/logger';
import { InvalidShape } from '#runtime/valid';
import { ScimError } from '#scim/error';

const RETRY_AFTER_SECONDS = 5;
/** Of the triggers that hold to a plan's cap (docs/adr/0007). */
const BEYOND_CAP = 'RC403';

/** Makes the answer of a command that could not be carried out: what the asker can mend, what passes, what is our fault. */
@Catch()
export class RefusalFilter implements RpcExceptionFilter {
  catch(error: unknown): Observable<Answer> {
    return of(refusal(error));
  }
}

function refusal(error: unknown): Answer {
  if (error instanceof ScimError) return body(error);
  const beyondCap = raisedAs(error, BEYOND_CAP);
  if (beyondCap) return body(new ScimError(403, beyondCap));
  if (error instanceof InvalidShape) return body(new ScimError(400, error.message, 'invalidSyntax'));
  const unstorable = unstorableText(error);
  if (unstorable) return body(new ScimError(400, unstorable, 'invalidValue'));
  if (error instanceof Unavailable) return body(new ScimError(503, `${error.message}. Try again in a few seconds.`));
  if (isDatabaseAway(error)) {
    logger.warn({ err: error }, 'the database is away');
    return body(new ScimError(503, 'The directory cannot reach its database right now. Try again in a few seconds.'), {
      'retry-after': String(RETRY_AFTER_SECONDS),
    });
  }
  logger.error({ err: error }, 'a command failed');
  return body(new ScimError(500, 'The directory failed on this request and changed nothing. Its log has the reason.'));
}

function body(error: ScimError, headers?: Record<string, string>): Answer {
  return Answer.json(error.status, error.toBody(), headers);
}
