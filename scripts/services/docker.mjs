import { execFile, execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { lastLines, Refusal } from '../refusal.mjs';
import { root } from '../toolchain.mjs';

/** What docker-compose.yml publishes on loopback; the only place that repeats it. */
const published = {
  databaseUrl: 'postgres://rollcall:rollcall@127.0.0.1:5432/postgres',
  amqpUrl: 'amqp://rollcall:rollcall@127.0.0.1:5672',
  managementUrl: 'http://rollcall:rollcall@127.0.0.1:15672',
};

const serviceNames = { databaseUrl: 'postgres', amqpUrl: 'rabbitmq' };

/**
 * Starts Postgres, RabbitMQ or both from docker-compose.yml.
 *
 * @param {{ wanted: ('databaseUrl' | 'amqpUrl')[], log: (line: string) => void }} options
 * @returns {Promise<undefined | { databaseUrl: string, amqpUrl: string, managementUrl: string, stop(): Promise<void> }>}
 *   undefined when Docker does not answer or there is no docker-compose.yml. Its stop leaves containers alone that ran
 *   before.
 */
export async function startInDocker({ wanted, log }) {
  if (!existsSync(join(root, 'docker-compose.yml')) || !dockerAnswers()) return undefined;
  const services = wanted.map((url) => serviceNames[url]);
  const running = (await compose(['ps', '--services', '--status', 'running'])).split('\n');
  const ours = services.filter((service) => !running.includes(service));
  if (ours.length > 0) log(`starting ${ours.join(' and ')} with docker compose`);
  await compose(['up', '-d', '--wait', ...services]);
  return {
    ...published,
    async stop() {
      if (ours.length > 0) await compose(['stop', ...ours]);
    },
  };
}

function dockerAnswers() {
  try {
    execFileSync('docker', ['info'], { stdio: 'ignore', timeout: 3_000 });
    execFileSync('docker', ['compose', 'version'], { stdio: 'ignore', timeout: 3_000 });
    return true;
  } catch {
    return false;
  }
}

/**
 * @param {string[]} args
 * @returns {Promise<string>}
 */
function compose(args) {
  return new Promise((resolve, reject) => {
    execFile('docker', ['compose', ...args], { cwd: root }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else
        reject(
          new Refusal(
            `docker compose ${args[0]} failed: mend it, or stop Docker to run without. It said:\n${lastLines(stderr, 8)}`,
          ),
        );
    });
  });
}
