import { random, shuffled, whole } from '../harness/random.ts';
import { FAULTS, type Fault } from './faults.ts';

/** One round: a fault, and the chance it strikes by. */
export interface Round {
  fault: Fault;
  seed: number;
}

/** What a round takes, all in all, seconds; a rule of thumb to know how many fit. */
const ROUND_SECONDS = 12;

/**
 * The rounds of a run, the same for a seed: as many as fit the minutes, each fault once before any comes again.
 *
 * @param only parts of names; nothing chooses all
 */
export function plan(
  { seed, minutes, only }: { seed: number; minutes: number; only: readonly string[] },
  faults: readonly Fault[] = FAULTS,
): Round[] {
  const next = random(seed);
  const chosen = faults.filter(({ name }) => only.length === 0 || only.some((part) => name.includes(part)));
  if (chosen.length === 0) return [];
  const count = only.length > 0 ? chosen.length : Math.max(1, Math.floor((minutes * 60) / ROUND_SECONDS));
  const rounds: Round[] = [];
  while (rounds.length < count) {
    for (const fault of shuffled(next, chosen)) rounds.push({ fault, seed: whole(next, 1, 2 ** 31) });
  }
  return rounds.slice(0, count);
}
