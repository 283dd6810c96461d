import { existsSync, rmSync } from 'node:fs';
import { relative } from 'node:path';
import { report } from './refusal.mjs';
import { endLeftoverPostgres } from './services/postgres.mjs';
import { endLeftoverRabbitmq } from './services/rabbitmq.mjs';
import { endLeftoverApps, files, refuseWhileRunning } from './start/state.mjs';
import { root } from './toolchain.mjs';

const usage = `Usage: npm run reset

Removes what npm start has made in .rollcall/: the private Postgres and RabbitMQ with all their data, the demo tenant's
credentials and the logs. The next start begins empty. Databases of DATABASE_URL or Docker are not touched.`;

try {
  if (process.argv.includes('--help')) {
    console.log(usage);
    process.exit(0);
  }
  refuseWhileRunning('stop it first (Ctrl-C there), then reset');
  await endLeftoverApps();
  await Promise.all([endLeftoverPostgres(files.postgres), endLeftoverRabbitmq(files.rabbitmq)]);
  const { folder, ...made } = files;
  const there = Object.values(made).filter((path) => existsSync(path));
  for (const path of there) {
    rmSync(path, { recursive: true, force: true });
    console.log(`removed ${relative(root, path)}`);
  }
  if (there.length === 0) console.log('Nothing to remove.');
} catch (error) {
  process.exitCode = report(error);
}
