import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { newId } from '#runtime/ids';
import { logger } from '#runtime/logger';
import { errorBody } from './error-body.ts';
import { SCIM_JSON } from './media-type.ts';
import { clientError } from './refusal.ts';
import { REQUEST_ID_HEADER } from './request-id.ts';

const STATUSES: Record<string, number> = { HPE_HEADER_OVERFLOW: 431, ERR_HTTP_REQUEST_TIMEOUT: 408 };

/** Answers what Node's HTTP parser refuses before there is a request, and closes the connection. */
export function answerClientError({ code }: NodeJS.ErrnoException, socket: Socket) {
  if (code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const error = clientError(STATUSES[code ?? ''] ?? 400);
  const requestId = newId();
  logger.info({ requestId, code, status: error.status }, 'what came was not a request');
  const body = errorBody(error.toBody(), requestId);
  const head = [
    `HTTP/1.1 ${error.status} ${STATUS_CODES[error.status]}`,
    `Content-Type: ${SCIM_JSON}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    `${REQUEST_ID_HEADER}: ${requestId}`,
    'Connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`, () => socket.destroy());
}
