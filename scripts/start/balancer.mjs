import { once } from 'node:events';
import { createServer, request as send } from 'node:http';

const checkEvery = 250;
const checkPatience = 2_000;
const retryAfter = 2;

const detail = `No replica of the service can answer right now. Send the request again in ${retryAfter} s.`;

/** SCIM has an error body of its own (RFC 7644 §3.12); the other APIs have that of RFC 9457. */
const refusals = {
  scim: {
    type: 'application/scim+json; charset=utf-8',
    body: JSON.stringify({ schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'], status: '503', detail }),
  },
  other: {
    type: 'application/problem+json; charset=utf-8',
    body: JSON.stringify({ title: 'Service Unavailable', status: 503, detail }),
  },
};

/**
 * One port in front of the replicas of an HTTP service, for development and tests; in production a load balancer does this.
 *
 * A request goes to the next replica that says it is ready, and to the others only when none of those takes it. One that a
 * replica took and did not answer is 503, because nobody knows whether it was carried out.
 *
 * @param {object} options
 * @param {number} options.port 0 for any
 * @param {string[]} options.targets base URLs of the replicas
 * @returns {Promise<import('./balancer.d.mts').Balancer>}
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
    const { method = 'GET', url = '/', headers } = incoming;
    const from = turn++ % targets.length;
    const inTurn = [...targets.slice(from), ...targets.slice(0, from)];
    const candidates = inTurn.toSorted((a, b) => Number(ready.has(b)) - Number(ready.has(a)));
    const forward = () => {
      const target = candidates.shift();
      if (target === undefined) return refuse(outgoing, url);
      let taken = false;
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
        if (outgoing.destroyed) return;
        ready.delete(target);
        if (!taken) forward();
        else if (!outgoing.headersSent) refuse(outgoing, url);
        else outgoing.destroy();
      });
      outgoing.once('close', () => onward.destroy());
    };
    forward();
  });
  server.requestTimeout = 0;
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const address = /** @type {import('node:net').AddressInfo} */ (server.address());
  return {
    url: `http://127.0.0.1:${address.port}`,
    async check() {
      await checkAll();
    },
    async close() {
      clearInterval(timer);
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/**
 * @param {import('node:http').ServerResponse} outgoing
 * @param {string} url
 */
function refuse(outgoing, url) {
  const { type, body } = url.startsWith('/scim/') ? refusals.scim : refusals.other;
  outgoing.writeHead(503, { 'content-type': type, 'retry-after': String(retryAfter) });
  outgoing.end(body);
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
