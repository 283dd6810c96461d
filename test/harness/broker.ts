import { randomBytes } from 'node:crypto';
import { required } from './required.ts';

/** An empty virtual host of one suite's own on the test broker. */
export interface TestVhost {
  url: string;
  drop(): Promise<void>;
}

export async function createVhost(
  amqpUrl = required('TEST_AMQP_URL'),
  managementUrl = required('TEST_MANAGEMENT_URL'),
): Promise<TestVhost> {
  const name = `test_${randomBytes(6).toString('hex')}`;
  await manage(managementUrl, 'PUT', name);
  const url = new URL(amqpUrl);
  url.pathname = `/${name}`;
  return { url: url.href, drop: () => manage(managementUrl, 'DELETE', name) };
}

async function manage(managementUrl: string, method: string, vhost: string): Promise<void> {
  const url = new URL(`/api/vhosts/${vhost}`, managementUrl);
  const { username, password } = url;
  url.username = '';
  url.password = '';
  const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
  const response = await fetch(url, { method, headers: { authorization } });
  if (!response.ok) throw new Error(`${method} of the virtual host ${vhost} failed with ${response.status}`);
}
