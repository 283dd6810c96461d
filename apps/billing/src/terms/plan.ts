import type { BillableFrom } from '#events/plan-applied.v1';
import { DEFAULT_LIGHT_GROUP } from '../classes/seat-class.ts';
import { isTimeZone, longestMonth } from './calendar.ts';
import { isCurrency } from './money.ts';

export const SEAT_CLASSES = ['core', 'light'] as const;
export type SeatClass = (typeof SEAT_CLASSES)[number];

/** One number a seat class. */
export type PerClass = Record<SeatClass, number>;

export const POLICIES = ['available_seats', 'prorate_and_credit', 'peak'] as const;
export type Policy = (typeof POLICIES)[number];

/** How a tenant is billed, as it is stored and written in JSON. docs/billing.md tells each property's meaning. */
export interface Plan {
  /** ISO 4217 */
  currency: string;
  /** of a seat for a full period, minor units */
  prices: PerClass;
  every: 'month' | 'year';
  /** 1 to 31; the last day of a month that is shorter */
  anchorDay: number;
  /** 1 to 12, with `every: year` only */
  anchorMonth?: number;
  /** IANA */
  timeZone: string;
  policy: Policy;
  /** who leaves and returns within it never left */
  grace: 'same_day' | { hours: number };
  cap: { kind: 'none' } | { kind: 'alert' | 'block'; seats: number };
  billableFrom: BillableFrom;
  /** the synced group whose members are light, in its exact spelling */
  lightGroup: string;
}

/** A plan that nobody could be billed by; the message names each property and what it may be. */
export class ImpossiblePlan extends Error {
  constructor(readonly problems: string[]) {
    super(`The plan is impossible: ${problems.join('; ')}`);
    this.name = 'ImpossiblePlan';
  }
}

/** Keeps every total of a million seats an exact number in JSON. */
const MOST_PRICE = 1_000_000_000;
const MOST_SEATS = 10_000_000;
const LONGEST_NAME = 1_000;
/** A week. */
export const MOST_GRACE_HOURS = 168;

const KNOWN: readonly string[] = [
  'currency',
  'prices',
  'every',
  'anchorDay',
  'anchorMonth',
  'timeZone',
  'policy',
  'grace',
  'cap',
  'billableFrom',
  'lightGroup',
] satisfies (keyof Plan)[];

type Json = Readonly<Record<string, unknown>>;

/**
 * Reads a plan. Policy, grace, cap, billableFrom and lightGroup have defaults; all else must be said, and nothing else may be.
 *
 * @throws ImpossiblePlan naming everything that is wrong
 */
export function readPlan(json: unknown): Plan {
  if (!isObject(json)) throw new ImpossiblePlan(['it is not a JSON object']);
  const problems: string[] = [];
  const check = (holds: boolean, problem: string) => {
    if (!holds) problems.push(problem);
  };
  const { currency, prices, every, anchorDay, anchorMonth, timeZone } = json;
  const { policy = 'available_seats', grace = 'same_day', cap = { kind: 'none' }, billableFrom = 'provisioned' } = json;
  const { lightGroup = DEFAULT_LIGHT_GROUP } = json;
  for (const key of Object.keys(json)) check(KNOWN.includes(key), `${key} is not known`);
  check(typeof currency === 'string' && isCurrency(currency), 'currency is not one of ISO 4217, such as EUR');
  checkPrices(prices, check);
  check(every === 'month' || every === 'year', 'every is month or year');
  check(isWhole(anchorDay, 1, 31), 'anchorDay is a whole number from 1 to 31');
  if (every === 'year') checkYearlyAnchor(anchorMonth, anchorDay, check);
  else check(anchorMonth === undefined, 'anchorMonth belongs to a yearly plan only');
  check(typeof timeZone === 'string' && isTimeZone(timeZone), 'timeZone is not one of IANA, such as Europe/Berlin');
  check(
    POLICIES.some((each) => each === policy),
    `policy is one of ${POLICIES.join(', ')}`,
  );
  check(isGrace(grace), `grace is "same_day" or {"hours": n} with n from 0 to ${MOST_GRACE_HOURS}`);
  check(isCap(cap), 'cap is {"kind": "none"}, or {"kind": "alert" or "block", "seats": n} with n of at least 1');
  check(
    billableFrom === 'provisioned' || billableFrom === 'first_sign_in',
    'billableFrom is provisioned or first_sign_in',
  );
  check(isGroupName(lightGroup), `lightGroup is the name of a group, 1 to ${LONGEST_NAME} characters`);
  if (problems.length > 0) throw new ImpossiblePlan(problems);
  const plan = { currency, prices, every, anchorDay, timeZone, policy, grace, cap, billableFrom, lightGroup } as Plan;
  return every === 'year' ? { ...plan, anchorMonth: anchorMonth as number } : plan;
}

type Check = (holds: boolean, problem: string) => void;

function checkPrices(prices: unknown, check: Check): void {
  check(isObject(prices), 'prices is an object with core and light');
  if (!isObject(prices)) return;
  for (const key of Object.keys(prices))
    check(
      SEAT_CLASSES.some((each) => each === key),
      `prices.${key} is not known`,
    );
  for (const each of SEAT_CLASSES) {
    check(
      isWhole(prices[each], 0, MOST_PRICE),
      `prices.${each} is a whole number of minor units (cents) from 0 to ${MOST_PRICE}`,
    );
  }
}

function checkYearlyAnchor(month: unknown, day: unknown, check: Check): void {
  check(isWhole(month, 1, 12), 'anchorMonth of a yearly plan is a whole number from 1 to 12');
  if (!isWhole(month, 1, 12)) return;
  const longest = longestMonth(month);
  if (isWhole(day, 1, 31)) check(day <= longest, `anchorDay ${day} never comes in month ${month}: at most ${longest}`);
}

function isGrace(grace: unknown): grace is Plan['grace'] {
  if (grace === 'same_day') return true;
  return isObject(grace) && Object.keys(grace).join() === 'hours' && isWhole(grace.hours, 0, MOST_GRACE_HOURS);
}

function isCap(cap: unknown): cap is Plan['cap'] {
  if (!isObject(cap)) return false;
  const keys = Object.keys(cap).toSorted().join();
  if (cap.kind === 'none') return keys === 'kind';
  return (cap.kind === 'alert' || cap.kind === 'block') && keys === 'kind,seats' && isWhole(cap.seats, 1, MOST_SEATS);
}

function isGroupName(value: unknown): value is string {
  if (typeof value !== 'string' || value.includes('\0') || !value.isWellFormed()) return false;
  return value.length > 0 && value.length <= LONGEST_NAME;
}

function isWhole(value: unknown, least: number, most: number): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most;
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
