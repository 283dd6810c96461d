import { Catch, type RpcExceptionFilter } from '@nestjs/common';
import { throwError } from 'rxjs';

/** Hands a handler's error to the transport as it is: Nest's own filter would log it and replace it. */
@Catch()
export class RethrowFilter implements RpcExceptionFilter {
  catch(error: unknown) {
    return throwError(() => error);
  }
}
