import { get as httpGet } from 'node:http';
import { get as httpsGet } from 'node:https';
import type { Connection } from './connection.ts';
import { isJsonObject } from './json.ts';

/**
 * Seats in use as the billing team reads them: `GET /v1/tenants/{tenantId}/seats` with a Bearer key, JSON with an
 * integer `inUse`.
 * Rejects with one line for anything else.
 */
export function seatsInUse(
  { billingUrl, billingKey, tenantId }: Pick<Connection, 'billingUrl' | 'billingKey' | 'tenantId'>,
  timeoutMs = 10_000,
): Promise<number> {
  const get = billingUrl.startsWith('https:') ? httpsGet : httpGet;
  const url = `${billingUrl.replace(/\/$/, '')}/v1/tenants/${tenantId}/seats`;
  return new Promise((resolve, reject) => {
    const headers = { Accept: 'application/json', Authorization: `Bearer ${billingKey}` };
    const outgoing = get(url, { headers, timeout: timeoutMs }, (incoming) => {
      let text = '';
      incoming.setEncoding('utf8');
      incoming.on('data', (chunk: string) => {
        text += chunk;
      });
      incoming.on('error', reject);
      incoming.on('end', () => {
        if (incoming.statusCode !== 200) return reject(new Error(`billing answered ${incoming.statusCode}`));
        try {
          const body: unknown = JSON.parse(text);
          if (isJsonObject(body) && Number.isInteger(body.inUse)) return resolve(Number(body.inUse));
          reject(new Error('billing answered without an integer inUse'));
        } catch {
          reject(new Error('billing answered something that is not JSON'));
        }
      });
    });
    outgoing.on('timeout', () => outgoing.destroy(new Error('billing did not answer in time')));
    outgoing.on('error', (error: NodeJS.ErrnoException) =>
      reject(new Error(error.message || (error.code ?? 'billing cannot be reached'))),
    );
  });
}
