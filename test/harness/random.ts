/** A seeded source of chance. */
export type Random = () => number;

/** From 0 to below 1, the same for a seed everywhere (mulberry32), so that a failure can be had again. */
export function random(seed: number): Random {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** @throws when there is nothing to pick from */
export function pick<T>(next: Random, from: readonly T[]): T {
  if (from.length === 0) throw new Error('there is nothing to pick from');
  return from[Math.floor(next() * from.length)] as T;
}

/** A whole number from `least` to `most`, both included. */
export function whole(next: Random, least: number, most: number): number {
  return least + Math.floor(next() * (most - least + 1));
}

export function shuffled<T>(next: Random, from: readonly T[]): T[] {
  const left = [...from];
  return from.map(() => left.splice(whole(next, 0, left.length - 1), 1)[0] as T);
}
