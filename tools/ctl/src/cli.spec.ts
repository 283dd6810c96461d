import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { logger } from '#runtime/logger';
import { run } from './cli.ts';
import { commands } from './commands.ts';
import { GENERAL } from './options.ts';

const TENANT = '0192d5a4-7c1e-7000-8000-000000000001';

let directory: string;

beforeAll(async () => {
  // Loaded beforehand, so that the time measured is the tool's patience.
  await import('./broker.ts');
  logger.level = 'silent';
  directory = mkdtempSync(join(tmpdir(), 'ctl-'));
});
afterAll(() => rmSync(directory, { recursive: true }));

/** Runs a command line that ends before it needs a broker. */
async function ctl(args: string[], env: NodeJS.ProcessEnv = {}) {
  let out = '';
  let err = '';
  const status = await run(args, {
    env,
    directory,
    stdout: (text) => {
      out += text;
    },
    stderr: (text) => {
      err += text;
    },
  });
  return { status, out, err };
}

describe('help', () => {
  it('of the tool names every command', async () => {
    const { status, out } = await ctl(['--help']);
    expect(status).toBe(0);
    for (const { words, summary } of commands) {
      expect(out).toMatch(new RegExp(`^  ${words} +`, 'm'));
      expect(out).toContain(summary);
    }
  });

  it.each(commands)('of $words names every option, and needs nothing else', async ({ words, options }) => {
    const { status, out, err } = await ctl([...words.split(' '), '--help', '--nonsense']);
    expect({ status, err }).toEqual({ status: 0, err: '' });
    for (const name of Object.keys({ ...options, ...GENERAL })) expect(out).toContain(`  --${name}`);
  });

  it('shows in the usage what is needed', async () => {
    const { out } = await ctl(['sso', 'set', '--help']);
    expect(out).toContain('Usage: ctl sso set --tenant ID --kind saml|oidc --issuer ID --sign-in-url URL [options]');
  });

  it('of a noun names its commands only', async () => {
    const { out } = await ctl(['scim', '-h']);
    expect(out).toContain('scim rotate');
    expect(out).not.toContain('tenant create');
  });

  it('of seats is that of seats show', async () => {
    expect((await ctl(['seats', '--help'])).out).toContain('ctl seats show --tenant ID');
  });
});

describe('a wrong command line', () => {
  const wrong: [args: string, message: RegExp][] = [
    ['', /the command comes first/],
    ['--json tenant list', /the command comes first/],
    ['nonsense', /there is no 'nonsense'; see ctl --help/],
    ['nonsense --help', /there is no 'nonsense'/],
    ['scim', /there is: ctl scim on, ctl scim off, ctl scim rotate/],
    ['tenant drop', /there is no command 'tenant drop'; there is: ctl tenant create, ctl tenant list/],
    ['tenant create', /--name NAME is needed/],
    ['tenant create --name=', /--name NAME is needed/],
    ['tenant create --name', /'--name <value>' argument missing; see --help/],
    ['tenant create --name a --name b', /--name is given more than once/],
    ['tenant create --name a b', /'b' belongs to no option/],
    ['tenant list --name a', /Unknown option '--name'; see --help/],
    ['users list --tenant acme', /--tenant takes an id/],
    [`users list --tenant ${TENANT} --limit 0`, /--limit is a whole number from 1 to 1000/],
    [`users list --tenant ${TENANT} --limit 1e2`, /--limit is a whole number/],
    [`scim on --tenant ${TENANT} --scope all`, /--scope is one of: users, users_and_groups/],
    [
      `sso set --tenant ${TENANT} --kind saml --issuer i --sign-in-url u --certificate @/nowhere/idp.pem`,
      /\/nowhere\/idp\.pem cannot be read \(ENOENT\)/,
    ],
  ];

  it.each(wrong)('%s', async (line, message) => {
    const { status, out, err } = await ctl(line.split(' ').filter(Boolean), { AMQP_URL: 'amqp://127.0.0.1:1' });
    expect({ status, out }).toEqual({ status: 2, out: '' });
    expect(err).toMatch(message);
    expect(err).toMatch(/^ctl: .*\n$/);
  });
});

describe('without a broker to talk to', () => {
  it('says what to set', async () => {
    const { status, err } = await ctl(['tenant', 'list']);
    expect(status).toBe(2);
    expect(err).toMatch(/^ctl: which broker\? Give --amqp-url .*AMQP_URL.*connection\.json.*\n$/);
  });

  it('says which setting is no AMQP URL, and not its value', async () => {
    const { status, err } = await ctl(['tenant', 'list', '--amqp-url', 'http://u:secret@h']);
    expect(status).toBe(2);
    expect(err).toBe('ctl: --amqp-url must be an AMQP URL: amqp://user:password@host:5672\n');
  });

  it('fails in time with one line, without the password', async () => {
    const started = performance.now();
    const { status, out, err } = await ctl(['tenant', 'list'], { AMQP_URL: 'amqp://u:secret@127.0.0.1:1' });
    expect({ status, out }).toEqual({ status: 1, out: '' });
    expect(err).toMatch(/^ctl: The broker at amqp:\/\/127\.0\.0\.1:1 is not reachable: .*ECONNREFUSED.*\n$/);
    expect(performance.now() - started).toBeLessThan(20_000);
  });

  it('lets the option overrule the environment', async () => {
    const { err } = await ctl(['tenant', 'list', '--amqp-url', 'amqp://127.0.0.1:2'], {
      AMQP_URL: 'amqp://127.0.0.1:1',
    });
    expect(err).toMatch(/^ctl: The broker at amqp:\/\/127\.0\.0\.1:2 is not reachable/);
  });

  it('reads the certificate file before it connects', async () => {
    const file = join(directory, 'idp.pem');
    writeFileSync(file, 'PEM');
    const { err } = await ctl(
      `sso set --tenant ${TENANT} --kind saml --issuer i --sign-in-url u --certificate @${file}`.split(' '),
    );
    expect(err).toMatch(/which broker/);
  });
});
