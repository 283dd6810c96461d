import { mkdir } from 'node:fs/promises';
import { loadavg } from 'node:os';
import { endChildren, startServices } from '../test/harness/services.ts';
import { startBaselineTarget } from './baseline-target.ts';
import { measureDriver } from './driver/cost.ts';
import { describeMachine } from './measure/machine.ts';
import type { Options } from './options.ts';
import type { Report } from './report/report.ts';
import { figure } from './report/table.ts';
import { ROOT } from './root.ts';
import { measure, type Result } from './rounds.ts';
import { startSystemTarget } from './system-target.ts';

export interface RunOptions {
  options: Options;
  say: (line: string) => void;
  /** aborted: stop measuring, clean up, fail */
  interruption: AbortController;
  /** told of what is known so far, so that a run that fails later shows what it has measured */
  onReport: (report: Report) => void;
}

/** One whole run. Everything it started is stopped and removed when it settles, whichever way. */
export async function run({ options, say, interruption, onReport }: RunOptions): Promise<void> {
  const { signal } = interruption;
  const [load = 0] = loadavg();
  const stops: (() => Promise<unknown>)[] = [];
  const started = <T extends { stop(): Promise<unknown> }>(thing: T): T => {
    stops.unshift(() => thing.stop());
    signal.throwIfAborted();
    return thing;
  };
  try {
    say('measuring the driver by itself');
    const driver = await measureDriver(options.connections, options.seconds, signal);

    say('bringing up Postgres and RabbitMQ');
    const services = started(await startServices(say, (reason) => interruption.abort(new Error(reason))));
    const machine = await describeMachine({ ...services, root: ROOT, load });
    if (options.profile !== undefined) await mkdir(options.profile, { recursive: true });

    say('bringing up the system and the baseline');
    const targets = {
      system: started(await startSystemTarget(services, options.profile)),
      baseline: started(await startBaselineTarget(services)),
    };
    const users = Math.max(...options.cases.flatMap((each) => options.connections.map((count) => each.users(count))));
    for (const { name, world } of Object.values(targets)) {
      say(`creating ${users} users in the ${name}`);
      await world.seed(users);
      signal.throwIfAborted();
    }

    const results: Result[] = [];
    const { rounds, seconds, warmUpSeconds, profile } = options;
    const settings = { rounds, seconds, warmUpSeconds, profiled: profile !== undefined };
    for (const each of options.cases) {
      for (const connections of options.connections) {
        const result = await measure(each, connections, targets, options, signal);
        results.push(result);
        onReport({ machine, options: settings, driver, results });
        say(progress(result, results.length, options));
      }
    }
  } catch (error) {
    throw signal.aborted ? signal.reason : error;
  } finally {
    say('stopping everything');
    for (const stop of stops) await stop().catch((error: Error) => say(`while stopping: ${error.message}`));
    await endChildren();
  }
}

function progress({ title, connections, system, baseline, ratio }: Result, done: number, options: Options): string {
  const of = options.cases.length * options.connections.length;
  const speeds = `${figure(system.median.requestsPerSecond)}/s to ${figure(baseline.median.requestsPerSecond)}/s`;
  return `${done}/${of}  ${title}, ${connections} connections: ${speeds}, ratio ${ratio.toFixed(2)}`;
}
