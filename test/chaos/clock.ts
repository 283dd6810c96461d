import { readFileSync } from 'node:fs';

let jumpMs = 0;

/** See failpoint.ts: the same file, the same signal. */
process.on('SIGUSR2', () => {
  jumpMs = JSON.parse(readFileSync(process.env.FAILPOINT_FILE ?? '', 'utf8')).jumpMs ?? jumpMs;
});

/** The time, off by as much as the harness says: what `#runtime/clock` is under `--conditions=chaos`. */
export class Clock {
  now(): Date {
    return new Date(Date.now() + jumpMs);
  }
}
