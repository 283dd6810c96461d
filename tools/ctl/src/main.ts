import { logger } from '#runtime/logger';
import { run } from './cli.ts';

/** A connection that hangs while it closes must not keep the person waiting. */
const LINGER_MS = 500;

// Log lines go to standard output, which belongs to the answer here.
logger.level = 'silent';

// The reader may go away first: ctl events tail | head -1
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit(process.exitCode ?? 0);
  });
}

process.exitCode = await run(process.argv.slice(2), {
  env: process.env,
  directory: process.cwd(),
  stdout: (text) => process.stdout.write(text),
  stderr: (text) => process.stderr.write(text),
});
setTimeout(() => process.exit(), LINGER_MS).unref();
