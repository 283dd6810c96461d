import { readFileSync } from 'node:fs';
import { FAILPOINTS, type Failpoint } from '../../libs/runtime/src/failpoint.ts';

export { FAILPOINTS, type Failpoint };

let armed: { name: Failpoint; passes: number } | undefined;

/** The harness writes which point, and how often it is passed before it strikes, into this process's file and signals. */
process.on('SIGUSR2', () => {
  armed = JSON.parse(readFileSync(process.env.FAILPOINT_FILE ?? '', 'utf8'));
});

/** Ends the process as a power cut would, when the harness has armed this point. */
export function failpoint(name: Failpoint): void {
  if (armed?.name !== name || armed.passes-- > 0) return;
  process.kill(process.pid, 'SIGKILL');
  // The signal is delivered when the process next leaves its code: it must not get any further.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}
