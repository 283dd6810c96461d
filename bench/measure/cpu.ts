import { readdirSync, readFileSync } from 'node:fs';

/** Linux counts in hundredths of a second for user space, whatever its own tick is. */
const TICKS_PER_SECOND = 100;

interface ProcessTimes {
  parent: number;
  /** CPU seconds, user and system */
  own: number;
  /** CPU seconds of children that have ended and were waited for */
  ofEnded: number;
}

/** Reads the text of /proc/<pid>/stat (proc(5)); the name in parentheses may itself hold spaces and parentheses. */
export function parseStat(text: string): ProcessTimes {
  const fields = text
    .slice(text.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number);
  const ticks = (first: number) => ((fields[first] ?? 0) + (fields[first + 1] ?? 0)) / TICKS_PER_SECOND;
  return { parent: fields[1] ?? 0, own: ticks(11), ofEnded: ticks(13) };
}

/** CPU seconds that a process has used; undefined where there is no /proc, or no such process. */
export function cpuOf(pid: number): number | undefined {
  return timesOf(pid)?.own;
}

/** The same for a server and the processes it starts, those that have ended included. */
export function cpuOfTree(pid: number): number | undefined {
  const server = timesOf(pid);
  if (!server) return undefined;
  const children = allTimes().filter((times) => times.parent === pid);
  return children.reduce((sum, { own }) => sum + own, server.own + server.ofEnded);
}

function allTimes(): ProcessTimes[] {
  return readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? (timesOf(Number(name)) ?? []) : []));
}

function timesOf(pid: number): ProcessTimes | undefined {
  try {
    return parseStat(readFileSync(`/proc/${pid}/stat`, 'latin1'));
  } catch {
    return undefined;
  }
}

/** What each of several processes used between two readings; a process that cannot be read is left out. */
export function cpuBetween(
  before: Record<string, number | undefined>,
  after: Record<string, number | undefined>,
): Record<string, number> {
  return Object.fromEntries(
    Object.entries(after).flatMap(([name, used]) => {
      const was = before[name];
      return used === undefined || was === undefined ? [] : [[name, used - was]];
    }),
  );
}
