import { createHmac, timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:http';

/** A signature older or newer than this is refused: somebody may be sending again what was overheard. */
const TOLERANCE_SECONDS = 5 * 60;
const BODY_BYTES = 1024 * 1024;

const secret = process.env.WEBHOOK_SECRET ?? '';
if (!/^whsec_[A-Za-z0-9+/]+=*$/.test(secret)) {
  console.error('Set WEBHOOK_SECRET to the secret that came with the endpoint: whsec_…');
  process.exit(1);
}
const key = Buffer.from(secret.slice('whsec_'.length), 'base64');

/** Ids that were taken. Keep them in your database instead, in the transaction that does the work. @type {Set<string>} */
const taken = new Set();
/** Seats in use by tenant, after the newest event, and the latest time of all. @type {Map<string, { sequence: number, at: string, inUse: number }>} */
const seats = new Map();

const server = createServer((request, response) => {
  receive(request, response).catch((error) => {
    console.error(error.message);
    if (response.headersSent) response.destroy();
    else response.writeHead(500).end();
  });
});

/** @param {import('node:http').IncomingMessage} request @param {import('node:http').ServerResponse} response */
async function receive(request, response) {
  const answer = (/** @type {number} */ status) => response.writeHead(status).end();
  if (request.method !== 'POST') return answer(405);
  const body = await read(request);
  if (body === undefined) return answer(413);
  const id = header(request, 'webhook-id');
  if (!isGenuine(id, header(request, 'webhook-timestamp'), header(request, 'webhook-signature'), body))
    return answer(401);
  if (!taken.has(id)) {
    take(JSON.parse(body.toString()));
    taken.add(id);
  }
  // Only now: what is not answered with 2xx is sent again.
  answer(204);
}

server.listen(Number(process.env.PORT ?? 7500), process.env.HOST ?? '127.0.0.1', () => {
  const address = server.address();
  console.log(`listening ${typeof address === 'object' ? address?.port : address}`);
});
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => server.close(() => process.exit(0)));

/**
 * Standard Webhooks: HMAC-SHA-256 over `id.timestamp.body`, of the bytes that came. The header may hold several signatures.
 *
 * @param {string} id
 * @param {string} timestamp
 * @param {string} signatures
 * @param {Buffer} body
 */
function isGenuine(id, timestamp, signatures, body) {
  const apart = Math.abs(Date.now() / 1e3 - Number(timestamp));
  if (id === '' || !/^\d+$/.test(timestamp) || apart > TOLERANCE_SECONDS) return false;
  const expected = createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest();
  return signatures.split(' ').some((each) => {
    const [version, signature = ''] = each.split(',');
    const given = Buffer.from(signature, 'base64');
    return version === 'v1' && given.length === expected.length && timingSafeEqual(given, expected);
  });
}

/**
 * Every event has the absolute count, so one that was missed or comes again does no harm. Where billing's database was lost and is
 * built anew, sequences begin again, at a later time.
 *
 * @param {any} event
 */
function take(event) {
  const { sequence, inUse, recordedAt, asOf } = event.data;
  const at = recordedAt ?? asOf ?? '';
  const known = seats.get(event.tenantid);
  if (typeof inUse !== 'number' || (known && sequence <= known.sequence && at <= known.at)) return;
  seats.set(event.tenantid, { sequence, inUse, at: known && known.at > at ? known.at : at });
  console.log(JSON.stringify({ tenantId: event.tenantid, type: event.type, sequence, inUse }));
}

/** @param {import('node:http').IncomingMessage} request @param {string} name */
function header(request, name) {
  return String(request.headers[name] ?? '');
}

/** The body, or undefined for one that is too large. @param {import('node:http').IncomingMessage} request */
async function read(request) {
  const parts = [];
  let bytes = 0;
  for await (const part of request) {
    bytes += part.length;
    if (bytes <= BODY_BYTES) parts.push(part);
  }
  return bytes > BODY_BYTES ? undefined : Buffer.concat(parts);
}
