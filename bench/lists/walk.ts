import { CommandContext } from '#rabbit/server';
import { newId } from '#runtime/ids';
import { USER_URN } from '#scim/user';
import { median } from '../measure/percentile.ts';
import type { Directory } from './directory.ts';

export interface Walked {
  title: string;
  pages: number;
  /** a page, median */
  ms: number;
  maxMs: number;
  /** a page of the last tenth to one of the first, medians */
  lateToEarly: number;
  /** users that were there all the time and did not come; what came twice */
  wrong: number;
}

export interface WalkOptions {
  title: string;
  count: number;
  /** first page starts there; 1 unless said */
  from?: number;
  /** pages at most */
  pages?: number;
  by: 'startIndex' | 'cursor';
}

/** Walks the list by index at two replicas in turn, or by cursor, and times each page. */
export async function walk(directory: Directory, options: WalkOptions, all?: ReadonlySet<string>, gone?: Set<string>) {
  const { title, count, from = 1, pages = Number.POSITIVE_INFINITY, by } = options;
  const times: number[] = [];
  const seen = new Set<string>();
  let twice = 0;
  let cursor: string | undefined = by === 'cursor' ? '' : undefined;
  for (let startIndex = from; times.length < pages; startIndex += count) {
    const users = times.length % 2 === 0 ? directory.users : directory.replicaUsers;
    const start = performance.now();
    const page = await users.list({ ...directory.base, startIndex, count, ...(cursor !== undefined && { cursor }) });
    times.push(performance.now() - start);
    for (const { id } of page.resources) {
      if (seen.has(String(id))) twice += 1;
      seen.add(String(id));
    }
    if (page.resources.length < count || (by === 'cursor' && page.nextCursor === undefined)) break;
    cursor = page.nextCursor;
  }
  const missed = [...(all ?? [])].filter((id) => !seen.has(id) && !gone?.has(id)).length;
  const tenth = Math.max(1, Math.floor(times.length / 10));
  const walked: Walked = {
    title,
    pages: times.length,
    ms: median(times),
    maxMs: Math.max(...times),
    lateToEarly: median(times.slice(-tenth)) / median(times.slice(0, tenth)),
    wrong: missed + twice,
  };
  return walked;
}

/** Creates and deletes users, one after the other, until told to stop. @returns what it did */
export function startWriter({ users, base }: Directory, ids: readonly string[]) {
  const gone = new Set<string>();
  let created = 0;
  let stopped = false;
  const context = () => new CommandContext(newId(), false);
  const work = async () => {
    while (!stopped) {
      const resource = { schemas: [USER_URN], userName: `writer.${created}@example.com`, active: true };
      await users.create({ ...base, resource }, context());
      created += 1;
      const id = ids[Math.floor(Math.random() * ids.length)];
      if (id === undefined || gone.has(id)) continue;
      gone.add(id);
      await users.delete({ ...base, id }, context());
    }
  };
  const working = work();
  return {
    gone,
    async stop(): Promise<number> {
      stopped = true;
      await working;
      return created;
    },
  };
}
