import { execFile } from 'node:child_process';
import { Refusal } from '../refusal.mjs';
import { readJson, writeSecret } from '../services/processes.mjs';
import { root } from '../toolchain.mjs';
import { files } from './state.mjs';

const operator = 'dist/tools/ctl/src/main.js';

/**
 * The demo tenant: the one of an earlier start while its token still works, else a new one.
 *
 * @param {{ node: string, amqpUrl: string, scimBaseUrl: string }} options
 * @returns {Promise<{ tenantId: string, connectionId: string, username: string, token: string, billingKey: string }>}
 */
export async function demoTenant({ node, amqpUrl, scimBaseUrl }) {
  const kept = readJson(files.demo);
  if (kept?.token && (await tokenWorks(scimBaseUrl, kept.token))) return kept;

  const ctl = (/** @type {string[]} */ ...args) => runOperator(node, amqpUrl, args);
  const { tenantId } = await ctl('tenant', 'create', '--name', 'Demo');
  await ctl(
    ...['sso', 'set', '--tenant', tenantId, '--kind', 'saml', '--issuer', 'https://idp.example.com/demo'],
    ...['--sign-in-url', 'https://idp.example.com/demo/sso', '--certificate', 'demo'],
  );
  const { connectionId, username, token } = await ctl('scim', 'on', '--tenant', tenantId);
  const { key } = await ctl('billing-key', 'create', '--tenant', tenantId);
  const demo = { tenantId, connectionId, username, token, billingKey: key };
  writeSecret(files.demo, `${JSON.stringify(demo, null, 2)}\n`);
  return demo;
}

/**
 * @param {string} scimBaseUrl
 * @param {string} token
 */
async function tokenWorks(scimBaseUrl, token) {
  const response = await fetch(`${scimBaseUrl}/Users?count=1`, {
    headers: { authorization: `Bearer ${token}`, accept: 'application/scim+json' },
    signal: AbortSignal.timeout(10_000),
  });
  await response.body?.cancel();
  return response.ok;
}

/**
 * @param {string} node
 * @param {string} amqpUrl
 * @param {string[]} args
 * @returns {Promise<any>} what the operator's CLI prints with --json
 */
function runOperator(node, amqpUrl, args) {
  const env = { ...process.env, AMQP_URL: amqpUrl };
  return new Promise((resolve, reject) => {
    execFile(node, [operator, ...args, '--json'], { cwd: root, env, timeout: 60_000 }, (error, stdout, stderr) => {
      const what = `The operator's CLI failed at "${args.slice(0, 2).join(' ')}"`;
      if (error !== null) {
        const said = (stderr || stdout || error.message).trim().split('\n').at(-1);
        reject(new Refusal(`${what}: ${said}`));
        return;
      }
      try {
        resolve(stdout.trim() === '' ? {} : JSON.parse(stdout));
      } catch {
        reject(new Refusal(`${what}: it did not print JSON`));
      }
    });
  });
}
