import { connect } from 'amqplib';

const STREAM = 'billing.seat-events';
const { AMQP_URL, FROM = 'first' } = process.env;
if (!AMQP_URL) {
  console.error(
    'Set AMQP_URL. FROM says where to begin: first, next, an offset, or a time such as 2026-01-31T12:00:00Z',
  );
  process.exit(1);
}

/** Seats in use by tenant, after the newest event, and the latest time of all. @type {Map<string, { sequence: number, at: string, inUse: number }>} */
const seats = new Map();

const connection = await connect(AMQP_URL);
const channel = await connection.createChannel();
// A stream needs acknowledgements and a window; it keeps what was read.
await channel.prefetch(100);
await channel.consume(
  STREAM,
  (message) => {
    if (message === null) return stop(1);
    take(JSON.parse(message.content.toString()), message.properties.headers?.['x-stream-offset']);
    channel.ack(message);
  },
  { arguments: { 'x-stream-offset': startingAt(FROM) } },
);
console.log(`reading ${STREAM}`);
connection.on('error', (error) => console.error(error.message));
connection.on('close', () => process.exit(1));
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => stop(0));

/**
 * Keep the offset with your own state, in one transaction, and begin after it next time. An event that comes again has a
 * sequence that was seen; one that is missing does no harm, because each event has the absolute count. Where billing's database
 * was lost and is built anew, sequences begin again, at a later time.
 *
 * @param {any} event
 * @param {number} offset
 */
function take(event, offset) {
  const { sequence, inUse, recordedAt, asOf } = event.data;
  const at = recordedAt ?? asOf ?? '';
  // A closed term has a sequence too, and its seats by class.
  if (typeof inUse !== 'number') return;
  const known = seats.get(event.tenantid);
  if (known && sequence <= known.sequence && at <= known.at) return;
  // A seat event is a further one; a snapshot and a cap tell of the last one that was.
  const missed = Math.max(0, sequence - (known?.sequence ?? 0) - (event.type.startsWith('seat.') ? 1 : 0));
  seats.set(event.tenantid, { sequence, inUse, at: known && known.at > at ? known.at : at });
  console.log(JSON.stringify({ tenantId: event.tenantid, type: event.type, sequence, inUse, missed, offset }));
}

/** @param {string} from */
function startingAt(from) {
  if (/^\d+$/.test(from)) return Number(from);
  const time = Date.parse(from);
  return Number.isNaN(time) ? from : { '!': 'timestamp', value: Math.floor(time / 1e3) };
}

/** @param {number} code */
async function stop(code) {
  connection.removeAllListeners('close');
  await connection.close().catch(() => {});
  process.exit(code);
}
