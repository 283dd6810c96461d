import { monitorEventLoopDelay } from 'node:perf_hooks';
import { metrics } from './metrics.ts';

const RESOLUTION_MS = 10;

let measured = false;

/** Has the metrics tell what every Node process can: memory, processor, and how long its event loop is held. */
export function measureProcess(): void {
  if (measured) return;
  measured = true;
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delay.enable();
  metrics.gauge('nodejs_eventloop_lag_p99_seconds', 'Event loop lag, 99th percentile since the last look.', () => {
    const p99 = delay.percentile(99);
    delay.reset();
    return Math.max(p99 / 1e9 - RESOLUTION_MS / 1e3, 0);
  });
  metrics.gauge('process_resident_memory_bytes', 'Memory of the process.', () => process.memoryUsage.rss());
  metrics.gauge('nodejs_heap_size_used_bytes', 'Heap in use.', () => process.memoryUsage().heapUsed);
  metrics.total('process_cpu_seconds_total', 'Processor time used since the start, user and system.', () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e6;
  });
  metrics.gauge(
    'process_start_time_seconds',
    'When the process started, seconds since 1970.',
    () => performance.timeOrigin / 1e3,
  );
}
