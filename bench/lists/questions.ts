import type { ListResources } from '#directory-api/scim-command';
import { ScimError } from '#scim/error';
import { median } from '../measure/percentile.ts';
import type { Directory } from './directory.ts';
import { nthId } from './fill.ts';

const TIMES = 7;
const SLOW_MS = 2_000;

export interface Question {
  title: string;
  of: 'users' | 'groups';
  wanted: Partial<ListResources>;
}

export interface Answered {
  title: string;
  /** median */
  ms: number;
  maxMs: number;
  answer: string;
}

/** What is asked of a directory of so many users. */
export function questions(users: number): Question[] {
  const middle = Math.ceil(users / 2);
  const filter = (text: string, title = text): Question => ({ title, of: 'users', wanted: { filter: text } });
  return [
    { title: 'first page', of: 'users', wanted: {} },
    { title: 'first page of 1,000', of: 'users', wanted: { count: 1000 } },
    { title: 'count=0', of: 'users', wanted: { count: 0 } },
    { title: 'a jump into the middle', of: 'users', wanted: { startIndex: middle } },
    { title: 'first page by sortBy userName', of: 'users', wanted: { sortBy: 'userName' } },
    filter(`userName eq "Person.${middle}@example.com"`),
    filter(`externalId eq "00u${middle}"`),
    filter(`displayName eq "Person ${middle}"`),
    filter(`displayName sw "Person ${middle}"`),
    filter(`emails.value eq "person.${middle}@example.com"`),
    filter('active eq true'),
    filter('active eq false'),
    filter('meta.lastModified gt "2026-08-01T00:00:00Z"'),
    filter('meta.lastModified gt "2025-08-01T00:00:00Z"'),
    filter('title eq "Engineer 7"', 'title eq … (no index)'),
    filter('title co "nobody"', 'title co … (no index)'),
    filter(`groups.value eq "${nthId(1)}"`, 'groups.value eq … (100 members)'),
    filter(`groups.value eq "${nthId(0)}"`, 'groups.value eq … (a large group)'),
    {
      title: 'members.value eq …, without members',
      of: 'groups',
      wanted: { filter: `members.value eq "${nthId(middle)}"`, excludedAttributes: ['members'] },
    },
    { title: 'first page of groups, without members', of: 'groups', wanted: { excludedAttributes: ['members'] } },
  ];
}

/** Asks it several times, after once that does not count; only once more what takes seconds. */
export async function ask(directory: Directory, { title, of, wanted }: Question): Promise<Answered> {
  const times: number[] = [];
  let answer = '';
  for (let n = 0; n <= TIMES; n += 1) {
    const start = performance.now();
    answer = await answerTo(directory, of, wanted);
    const ms = performance.now() - start;
    if (n > 0) times.push(ms);
    if (n > 0 && ms > SLOW_MS) break;
  }
  return { title, ms: median(times), maxMs: Math.max(...times), answer };
}

async function answerTo(directory: Directory, of: Question['of'], wanted: Question['wanted']): Promise<string> {
  try {
    const page = await directory[of].list({ ...directory.base, startIndex: 1, count: 100, ...wanted });
    return `${page.resources.length} of ${page.totalResults.toLocaleString('en')}`;
  } catch (error) {
    if (!(error instanceof ScimError)) throw error;
    return `${error.status} ${error.scimType}`;
  }
}
