import { createHmac, randomBytes } from 'node:crypto';

const PREFIX = 'whsec_';
/** Between the 24 and 64 bytes that Standard Webhooks asks for. */
const SECRET_BYTES = 32;

/** A new endpoint's secret: what is kept, and as it is shown once. */
export function newSecret(): { secret: Buffer; shown: string } {
  const secret = randomBytes(SECRET_BYTES);
  return { secret, shown: PREFIX + secret.toString('base64') };
}

/** What is signed and sent. `sentAt` is the time of the attempt, not of the event. */
export interface Signed {
  id: string;
  sentAt: Date;
  body: string;
}

/**
 * The three headers of Standard Webhooks 1.0.0, symmetric scheme `v1`: HMAC-SHA-256 over `id.timestamp.body`, base64.
 *
 * @param secrets the bytes behind `whsec_`; there is a signature by each, so that a receiver may know any of them
 */
export function signedHeaders(secrets: readonly Buffer[], { id, sentAt, body }: Signed): Record<string, string> {
  const timestamp = Math.floor(sentAt.getTime() / 1e3);
  const signatures = secrets.map((secret) => {
    const signature = createHmac('sha256', secret).update(`${id}.${timestamp}.${body}`).digest('base64');
    return `v1,${signature}`;
  });
  return { 'webhook-id': id, 'webhook-timestamp': String(timestamp), 'webhook-signature': signatures.join(' ') };
}
