import { once } from 'node:events';
import { createServer, request as send } from 'node:http';

const checkEvery = 250;
const checkPatience = 2_000;
const retryAfter = 2;

/** What the path of a request says of the API it belongs to: SCIM has an error body of its own (RFC 7644 §3.12). */
const unavailableBody = JSON.stringify({
  schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'],
  status: '503',
  detail: `No replica of the service can answer right now. Send the request again in ${retryAfter} s.`,
});

/**
 * One port in front of the replicas of an HTTP service, for development and tests; in production a load balancer does this.
 *
 * A request goes to the next replica that says it is ready. One that no replica has taken is given to another; one that a
 * replica took and did not answer is 503, because nobody knows whether it was carried out.
 *
 * @param {object} options
 * @param {number} options.port 0 for any
 * @param {string[]} options.targets base URLs of the replicas
 * @returns {Promise<{ url: string, close(): Promise<void> }>}
 */
export async function startBalancer({ port, targets }) {
  /** @type {Set<string>} */
  const ready = new Set();
  let turn = 0;

  const check = async (/** @type {string} */ target) => {
    const isReady = await fetch(`${target}/health/ready`, { signal: AbortSignal.timeout(checkPatience) }).then(
      (response) => response.body?.cancel().then(() => response.status === 200),
      () => false,
    );
    if (isReady) ready.add(target);
    else ready.delete(target);
  };
  const checkAll = () => Promise.all(targets.map(check));
  await checkAll();
  const timer = setInterval(checkAll, checkEvery);

  const server = createServer((incoming, outgoing) => {
    const candidates = targets.filter((target) => ready.has(target));
    const from = turn++;
    const forward = (/** @type {number} */ attempt) => {
      const target = candidates[(from + attempt) % candidates.length];
      if (target === undefined || attempt === candidates.length) return refuse(outgoing);
      let taken = false;
      const { method = 'GET', url = '/', headers } = incoming;
      const onward = send(new URL(url, target), { method, headers, agent: false, setHost: false });
      onward.once('socket', (socket) =>
        socket.once('connect', () => {
          taken = true;
          incoming.pipe(onward);
        }),
      );
      onward.once('response', (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.rawHeaders.filter(withoutConnection));
        answer.pipe(outgoing);
        answer.once('error', () => outgoing.destroy());
      });
      onward.once('error', () => {
        ready.delete(target);
        if (!taken) forward(attempt + 1);
        else if (!outgoing.headersSent) refuse(outgoing);
        else outgoing.destroy();
      });
      outgoing.once('close', () => onward.destroy());
    };
    forward(0);
  });
  server.requestTimeout = 0;
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const address = /** @type {import('node:net').AddressInfo} */ (server.address());
  return {
    url: `http://127.0.0.1:${address.port}`,
    async close() {
      clearInterval(timer);
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** @param {import('node:http').ServerResponse} outgoing */
function refuse(outgoing) {
  outgoing.writeHead(503, {
    'content-type': 'application/scim+json; charset=utf-8',
    'retry-after': String(retryAfter),
  });
  outgoing.end(unavailableBody);
}

/**
 * The connection to the replica is its own; `rawHeaders` holds names and values in turn.
 *
 * @param {string} _
 * @param {number} index
 * @param {string[]} raw
 */
function withoutConnection(_, index, raw) {
  return raw[index - (index % 2)]?.toLowerCase() !== 'connection';
}
