/**
 * The points between two steps of a command and of an event, where the chaos suite ends or holds a process. In every other
 * run this is all there is of them: `npm run chaos` starts the processes with `--conditions=chaos`, under which package.json
 * resolves this module to test/chaos/failpoint.ts.
 */
export const FAILPOINTS = [
  'command.asked',
  'command.received',
  'command.written',
  'command.committed',
  'command.answered',
  'reply.received',
  'relay.read',
  'relay.published',
  'relay.marked',
  'batch.received',
  'batch.written',
  'batch.applied',
  'batch.acknowledged',
] as const;
export type Failpoint = (typeof FAILPOINTS)[number];

/** Does nothing here. */
export function failpoint(_name: Failpoint): void {}
