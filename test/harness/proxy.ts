import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** A TCP proxy in front of a service, which can be slow, lose what clients send, end connections, or let none through. */
export class FaultyProxy {
  private readonly server = createServer((client) => this.join(client));
  private readonly pairs = new Set<[client: Socket, service: Socket]>();
  /** clients whose data is lost here */
  private readonly unheard = new WeakSet<Socket>();
  private isOpen = true;
  /** added to every piece of data, each way, milliseconds */
  latencyMs = 0;

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

  /**
   * From now on what the clients of today send is lost, and what the service sends still goes through: a client that has
   * done its work but whose answer never arrives.
   */
  hold(): void {
    for (const [client] of this.pairs) this.unheard.add(client);
  }

  /** Every connection ends at once, without a goodbye; new ones are taken. */
  reset(): void {
    for (const pair of this.pairs) for (const socket of pair) socket.resetAndDestroy();
  }

  /** Ends every connection and takes no new one until {@link mend}. */
  cut(): void {
    this.isOpen = false;
    this.reset();
  }

  mend(): void {
    this.isOpen = true;
    this.latencyMs = 0;
  }

  async close(): Promise<void> {
    this.reset();
    this.server.close();
    await once(this.server, 'close');
  }

  private join(client: Socket) {
    if (!this.isOpen) {
      client.resetAndDestroy();
      return;
    }
    const service = connect(Number(this.target.port), this.target.hostname);
    const pair: [Socket, Socket] = [client, service];
    this.pairs.add(pair);
    this.carry(client, service);
    this.carry(service, client);
    const end = () => {
      this.pairs.delete(pair);
      for (const socket of pair) socket.destroy();
    };
    for (const socket of pair) socket.setNoDelay(true).on('error', end).on('close', end);
  }

  private carry(from: Socket, to: Socket) {
    from.on('data', (data) => {
      if (this.unheard.has(from)) return;
      const pass = () => {
        if (!to.write(data)) from.pause();
      };
      if (this.latencyMs === 0) pass();
      else setTimeout(pass, this.latencyMs);
    });
    to.on('drain', () => from.resume());
  }
}
