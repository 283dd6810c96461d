import { execFileSync } from 'node:child_process';
import { statfsSync } from 'node:fs';
import { availableParallelism, cpus, release, totalmem, type } from 'node:os';
import { Client } from 'pg';

/** What figures mean nothing without. */
export interface Machine {
  date: string;
  commit: string | null;
  cores: number;
  cpu: string;
  memoryGiB: number;
  /** load average of the last minute, when the run began: what else the machine was doing */
  load: number;
  system: string;
  node: string;
  postgres: string;
  rabbitmq: string;
  /** Postgres settings that say whether a commit is on disk when it is answered */
  commits: { fsync: string; synchronousCommit: string; inMemory: boolean };
}

const TMPFS = 0x01021994;

export async function describeMachine(services: {
  databaseUrl: string;
  managementUrl: string;
  dataFolder: string;
  root: string;
  load: number;
}): Promise<Machine> {
  const postgres = await postgresSettings(services.databaseUrl);
  return {
    date: new Date().toISOString(),
    commit: commitOf(services.root),
    cores: availableParallelism(),
    cpu: cpus()[0]?.model ?? 'unknown',
    load: services.load,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: `${type()} ${release()}`,
    node: process.versions.node,
    postgres: postgres.version,
    rabbitmq: await rabbitmqVersion(services.managementUrl),
    commits: {
      fsync: postgres.fsync,
      synchronousCommit: postgres.synchronousCommit,
      inMemory: statfsSync(services.dataFolder).type === TMPFS,
    },
  };
}

async function postgresSettings(url: string) {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<{ version: string; fsync: string; synchronousCommit: string }>(
      `SELECT current_setting('server_version') AS version, current_setting('fsync') AS fsync,
              current_setting('synchronous_commit') AS "synchronousCommit"`,
    );
    const [row] = rows;
    if (!row) throw new Error('Postgres does not tell its version');
    return row;
  } finally {
    await client.end();
  }
}

async function rabbitmqVersion(managementUrl: string): Promise<string> {
  const url = new URL('/api/overview', managementUrl);
  const credentials = Buffer.from(`${url.username}:${url.password}`).toString('base64');
  url.username = '';
  url.password = '';
  const answer = await fetch(url, { headers: { authorization: `Basic ${credentials}` } });
  const { rabbitmq_version } = (await answer.json()) as { rabbitmq_version?: string };
  return rabbitmq_version ?? 'unknown';
}

/** The commit, with a plus sign when files differ from it; null where there is no repository. */
function commitOf(root: string): string | null {
  const git = (...args: string[]) => execFileSync('git', args, { cwd: root, encoding: 'utf8', stdio: 'pipe' }).trim();
  try {
    return git('rev-parse', '--short=12', 'HEAD') + (git('status', '--porcelain') === '' ? '' : '+');
  } catch {
    return null;
  }
}
