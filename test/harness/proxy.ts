import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/**
 * A TCP proxy in front of a service. While it holds, what the client sends is lost here and what the service
 * sends still goes through: a client that has done its work but whose answer never arrives.
 */
export class HoldingProxy {
  private readonly server = createServer((client) => this.join(client));
  private readonly pairs = new Set<[client: Socket, service: Socket]>();

  constructor(private readonly target: URL) {}

  async listen(): Promise<void> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
  }

  /** The target's URL by way of the proxy. */
  url(target: string): string {
    const address = this.server.address();
    if (typeof address !== 'object' || address === null) throw new Error('the proxy does not listen');
    const url = new URL(target);
    url.hostname = '127.0.0.1';
    url.port = String(address.port);
    return url.href;
  }

  hold(): void {
    for (const [client, service] of this.pairs) {
      client.unpipe(service);
      client.resume();
    }
  }

  /** Ends every connection; new ones are taken. */
  cut(): void {
    for (const pair of this.pairs) for (const socket of pair) socket.destroy();
  }

  async close(): Promise<void> {
    this.cut();
    this.server.close();
    await once(this.server, 'close');
  }

  private join(client: Socket) {
    const service = connect(Number(this.target.port), this.target.hostname);
    const pair: [Socket, Socket] = [client, service];
    this.pairs.add(pair);
    client.pipe(service);
    service.pipe(client);
    const end = () => {
      this.pairs.delete(pair);
      for (const socket of pair) socket.destroy();
    };
    for (const socket of pair) socket.on('error', end).on('close', end);
  }
}
