import { createHmac } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Received {
  id: string;
  path: string;
  body: string;
  /** signed with this secret, as it was shown */
  isSignedWith(secret: string): boolean;
}

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

export const status =
  (code: number): Answer =>
  (_request, response) =>
    response.writeHead(code).end();

/** An HTTP server on a free port that keeps what it gets; `answer` is what it does with the next. */
export async function startReceiver() {
  const received: Received[] = [];
  const receiver = { received, answer: status(204) as Answer };
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const body = Buffer.concat(parts).toString();
      const header = (name: string) => String(request.headers[name]);
      received.push({
        id: header('webhook-id'),
        path: request.url ?? '',
        body,
        isSignedWith(secret) {
          const key = Buffer.from(secret.replace('whsec_', ''), 'base64');
          const signed = `${header('webhook-id')}.${header('webhook-timestamp')}.${body}`;
          const signature = createHmac('sha256', key).update(signed).digest('base64');
          return header('webhook-signature').split(' ').includes(`v1,${signature}`);
        },
      });
      receiver.answer(request, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return Object.assign(receiver, {
    port,
    url: `http://127.0.0.1:${port}/hook`,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  });
}

export type Receiver = Awaited<ReturnType<typeof startReceiver>>;
