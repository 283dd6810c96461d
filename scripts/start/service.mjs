import { freePort } from '../services/ports.mjs';
import { launchApp } from './apps.mjs';
import { startBalancer } from './balancer.mjs';

const restartAfter = 1_000;
/** Longer than the balancer takes to see that a replica is not ready. */
const drainMs = '1000';

/**
 * A service of ours: one process on its port, or several behind a balancer on that port.
 *
 * One process that ends unasked ends everything. One of several is started again, as an orchestrator would do, so that a
 * replica may be killed, or told to stop and so rolled, while the others go on.
 *
 * @param {Omit<Parameters<typeof launchApp>[0], 'label'> & { replicas: number, onChange: () => void }} options
 *   `onChange` is called when a replica was started again
 */
export async function launchService({ replicas, onChange, ...options }) {
  const { name, port, onExit } = options;
  if (replicas === 1) {
    const app = launchApp({ ...options, label: name.padEnd(9) });
    return {
      /** Names and process ids of what runs now. */
      pids: () => [[name, app.pid]],
      ready: () => app.ready(),
      stop: () => app.stop(),
      killNow: () => app.killNow(),
    };
  }

  let stopping = false;
  const launch = (/** @type {number} */ index, /** @type {number} */ ownPort) => {
    const replica = `${name}-${index + 1}`;
    return launchApp({
      ...options,
      name: replica,
      label: replica.padEnd(11),
      port: ownPort,
      env: { ...options.env, DRAIN_MS: drainMs },
      onExit: (reason) => {
        if (stopping) return;
        console.error(`${reason}. Starting it again.`);
        setTimeout(() => restart(index, ownPort), restartAfter);
      },
    });
  };
  const restart = (/** @type {number} */ index, /** @type {number} */ ownPort) => {
    if (stopping) return;
    const app = launch(index, ownPort);
    apps[index] = app;
    onChange();
    app.ready().catch((error) => !stopping && onExit(error.message));
  };

  /** @type {ReturnType<typeof launchApp>[]} */
  const apps = [];
  /** @type {string[]} */
  const targets = [];
  for (let index = 0; index < replicas; index++) {
    const ownPort = await freePort();
    targets.push(`http://127.0.0.1:${ownPort}`);
    apps.push(launch(index, ownPort));
  }
  const balancer = await startBalancer({ port, targets });
  return {
    pids: () => apps.map((app) => [app.name, app.pid]),
    async ready() {
      await Promise.all(apps.map((app) => app.ready()));
      await balancer.check();
    },
    async stop() {
      stopping = true;
      await Promise.all(apps.map((app) => app.stop()));
      await balancer.close();
    },
    killNow() {
      stopping = true;
      for (const app of apps) app.killNow();
    },
  };
}
