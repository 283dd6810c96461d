import type { DriverCost } from '../driver/cost.ts';
import type { Machine } from '../measure/machine.ts';
import type { Result, Round } from '../rounds.ts';
import { figure, table } from './table.ts';

/** Everything a run found; what `--json` writes. */
export interface Report {
  machine: Machine;
  options: { rounds: number; seconds: number; warmUpSeconds: number; profiled: boolean };
  driver: DriverCost[];
  results: Result[];
}

/** Load average per core from which a machine is too busy for its figures to be believed. */
const BUSY = 0.5;

/** The report for people: ratios first, then where the CPU time went. */
export function readable({ machine, options, driver, results }: Report): string {
  const parts = [
    describe(machine, options),
    speed(results),
    cpu(results),
    `The driver by itself, against a server that does nothing:\n\n${driverTable(driver)}`,
  ];
  return `\n${parts.join('\n\n')}\n`;
}

function describe(machine: Machine, { rounds, seconds, profiled }: Report['options']): string {
  const { commits, load, cores } = machine;
  const honest = commits.fsync === 'on' && commits.synchronousCommit === 'on' && !commits.inMemory;
  return [
    `${machine.date}, commit ${machine.commit ?? 'unknown'}, ${cores} cores (${machine.cpu}), ${machine.memoryGiB} GiB`,
    `Node ${machine.node}, Postgres ${machine.postgres}, RabbitMQ ${machine.rabbitmq}, ${machine.system}`,
    `fsync ${commits.fsync}, synchronous_commit ${commits.synchronousCommit}, data ${commits.inMemory ? 'in memory' : 'on disk'}`,
    `Medians of ${rounds} rounds of ${seconds} s, system and baseline in turns; driver, servers and services share the machine.`,
    ...(honest
      ? []
      : ['Careful: commits were not on disk when they were answered, so writes look faster than they are.']),
    ...(load < BUSY * cores ? [] : [`Careful: the machine was busy before this began (load ${load.toFixed(1)}).`]),
    ...(profiled ? ['Careful: every process was profiled, which slows it.'] : []),
  ].join('\n');
}

function speed(results: readonly Result[]): string {
  const heading = [
    'case',
    'conns',
    'system/s',
    'baseline/s',
    'ratio',
    'from-to',
    'p50 ms',
    'base',
    'p99 ms',
    'base',
    'ledger p50',
    'p99 ms',
    'caught up',
    'errors',
  ];
  const rows = results.map(({ title, connections, system, baseline, ratio, ratios }) => [
    title,
    String(connections),
    figure(system.median.requestsPerSecond),
    figure(baseline.median.requestsPerSecond),
    ratio.toFixed(2),
    `${Math.min(...ratios).toFixed(2)}-${Math.max(...ratios).toFixed(2)}`,
    figure(system.median.p50),
    figure(baseline.median.p50),
    figure(system.median.p99),
    figure(baseline.median.p99),
    figure(system.median.lag?.p50),
    figure(system.median.lag?.p99),
    figure(system.median.caughtUpMs),
    String(system.median.errors + baseline.median.errors),
  ]);
  return table(heading, rows);
}

const PROCESSES = ['gateway', 'directory', 'billing', 'postgres', 'rabbitmq', 'driver'];
const BASELINE_PROCESSES = ['baseline', 'postgres', 'driver'];

function cpu(results: readonly Result[]): string {
  const heading = ['CPU s per 1,000', 'conns', ...PROCESSES, 'sum', '|', ...BASELINE_PROCESSES, 'sum'];
  const rows = results.map(({ title, connections, system, baseline }) => [
    title,
    String(connections),
    ...cells(system.median, PROCESSES),
    '|',
    ...cells(baseline.median, BASELINE_PROCESSES),
  ]);
  return table(heading, rows);
}

function cells(round: Round, processes: readonly string[]): string[] {
  const sum = processes.reduce((total, name) => total + (round.cpu[name] ?? Number.NaN), 0);
  return [...processes.map((name) => figure(round.cpu[name])), figure(sum)];
}

function driverTable(costs: readonly DriverCost[]): string {
  const rows = costs.map(({ connections, requestsPerSecond, p50, cpu: used }) => [
    'create a user',
    String(connections),
    figure(requestsPerSecond),
    figure(p50),
    figure(used),
  ]);
  return table(['requests', 'conns', 'most/s', 'p50 ms', 'CPU s per 1,000'], rows);
}
