/**
 * A loopback TCP port that stays free until it is used, and while the program that uses it is started again: nothing but
 * a program that names it can take it.
 *
 * @param preferred the first of these on which nobody listens is taken instead
 */
export function freePort(...preferred: (number | undefined)[]): Promise<number>;
