import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { areBrokerUrls } from '#rabbit/broker-urls';
import { UsageError } from './failure.ts';

const FILE = join('.rollcall', 'connection.json');

/** Where the broker may be named, the first that does so counts. */
export interface Sources {
  env: NodeJS.ProcessEnv;
  /** `--amqp-url` */
  option: string | undefined;
  /** the directory `.rollcall/connection.json` is looked for in */
  directory: string;
}

/** @throws UsageError when nothing names a broker, or what does is neither an AMQP URL nor several with commas */
export function brokerUrl({ env, option, directory }: Sources): string {
  const [url, origin] =
    [[option, '--amqp-url'] as const, [env.AMQP_URL, 'AMQP_URL'] as const].find(([each]) => each) ??
    ([fromFile(join(directory, FILE)), FILE] as const);
  if (!url) {
    throw new UsageError(
      `which broker? Give --amqp-url amqp://user:password@host:5672, set AMQP_URL, or run where ${FILE} has amqpUrl`,
    );
  }
  if (!areBrokerUrls(url)) {
    throw new UsageError(`${origin} must be an AMQP URL: amqp://user:password@host:5672`);
  }
  return url;
}

/** The URLs without credentials, for messages. */
export function shown(urls: string): string {
  const each = urls.split(',').map((url) => {
    const { protocol, host, pathname } = new URL(url);
    return `${protocol}//${host}${pathname === '/' ? '' : pathname}`;
  });
  return each.join(' or ');
}

function fromFile(path: string): string | undefined {
  let content: string;
  try {
    content = readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
  try {
    const { amqpUrl } = JSON.parse(content) as { amqpUrl?: unknown };
    return typeof amqpUrl === 'string' ? amqpUrl : undefined;
  } catch {
    throw new UsageError(`${FILE} is not JSON: mend it, or set AMQP_URL`);
  }
}
