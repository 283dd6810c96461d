import { IsInt, IsOptional, IsUUID, Matches, Max, Min } from 'class-validator';
import { instantOf, NO_INSTANT } from '#runtime/instant';
import { InvalidShape, valid } from '#runtime/valid';
import { isTimeZone } from '../terms/calendar.ts';

type Query = Readonly<Record<string, unknown>>;

const DAY = /^\d{4}-\d\d-\d\d$/;
const DIGITS = /^\d+$/;
const DAY_MS = 86_400_000;
const MOST_DAYS = 1_100;
const DEFAULT_PEOPLE = 100;

/**
 * A parameter that is an instant; undefined when it is not given.
 *
 * @throws InvalidShape when it is none
 */
export function instant(query: Query, name: string): Date | undefined {
  const text = query[name];
  if (text === undefined) return undefined;
  const time = instantOf(text);
  if (!time) throw new InvalidShape('Query', [`${name}: ${name} ${NO_INSTANT}`]);
  return time;
}

class Days {
  @Matches(DAY)
  from!: string;

  @Matches(DAY)
  to!: string;
}

/** Calendar days of a zone from one to another, both included. */
export interface DayRange {
  /** `YYYY-MM-DD` */
  from: string;
  to: string;
  /** IANA name */
  timeZone: string;
}

/**
 * Some days, UTC unless another zone is asked for.
 *
 * @throws InvalidShape
 */
export function readDays(query: Query): DayRange {
  const { from, to } = valid(Days, { from: query.from, to: query.to });
  const { timeZone = 'UTC' } = query;
  if (typeof timeZone !== 'string' || !isTimeZone(timeZone)) {
    throw new InvalidShape('Days', ['timeZone: timeZone must be one of IANA, such as Europe/Berlin']);
  }
  const [first, last] = [day('from', from), day('to', to)];
  if (last < first) throw new InvalidShape('Days', ['to: to must not be before from']);
  if ((last - first) / DAY_MS >= MOST_DAYS) throw new InvalidShape('Days', [`to: at most ${MOST_DAYS} days at once`]);
  return { from, to, timeZone };
}

function day(name: string, text: string): number {
  const time = Date.parse(`${text}T00:00:00Z`);
  if (Number.isNaN(time) || !new Date(time).toISOString().startsWith(text)) {
    throw new InvalidShape('Days', [`${name}: ${name} must be a day such as 2026-01-31`]);
  }
  return time;
}

/** Which of the people. */
export class PeopleQuery {
  /** people with larger ids than this */
  @IsOptional()
  @IsUUID()
  after?: string;

  @IsInt()
  @Min(1)
  @Max(1_000)
  limit!: number;
}

/** @throws InvalidShape */
export function readPeople({ after, limit }: Query): PeopleQuery {
  const count = typeof limit === 'string' && DIGITS.test(limit) ? Number(limit) : Number.NaN;
  return valid(PeopleQuery, {
    ...(after !== undefined && { after }),
    limit: limit === undefined ? DEFAULT_PEOPLE : count,
  });
}
