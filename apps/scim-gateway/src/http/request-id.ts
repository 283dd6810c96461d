import { newId } from '#runtime/ids';

export const REQUEST_ID_HEADER = 'x-request-id';

const SANE = /^[\w.:-]{1,100}$/;

/** The client's own request id where it is a short plain token, fit for a log and a header; else a new one. */
export function requestIdOf(header: string | string[] | undefined): string {
  return typeof header === 'string' && SANE.test(header) ? header : newId();
}
