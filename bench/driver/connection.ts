import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { AnswerReader, type HttpAnswer } from './answer-reader.ts';

/** One kept-alive connection with at most one request on it. Cheaper than node:http, which would cost the server CPU. */
export class Connection {
  private readonly reader = new AnswerReader();
  private waiting: PromiseWithResolvers<HttpAnswer> | undefined;
  private ended: Error | undefined;

  private constructor(private readonly socket: Socket) {
    socket.on('data', (piece) => this.received(piece));
    socket.on('error', (error) => this.end(error));
    socket.on('close', () => this.end(new Error('the server closed the connection')));
  }

  static async open(url: URL): Promise<Connection> {
    const socket = connect({ host: url.hostname, port: Number(url.port), noDelay: true });
    await once(socket, 'connect');
    return new Connection(socket);
  }

  /** Sends a whole request, head and body, and waits for its answer. Rejects when the connection ends first. */
  send(request: string): Promise<HttpAnswer> {
    if (this.ended) return Promise.reject(this.ended);
    this.waiting = Promise.withResolvers();
    this.socket.write(request);
    return this.waiting.promise;
  }

  close(): void {
    this.socket.destroy();
  }

  private received(piece: Buffer) {
    try {
      const answer = this.reader.push(piece);
      if (answer) this.waiting?.resolve(answer);
    } catch (error) {
      this.end(error as Error);
    }
  }

  private end(reason: Error) {
    this.ended ??= reason;
    this.waiting?.reject(this.ended);
    this.socket.destroy();
  }
}
