import type { SeatClass } from './plan.ts';

/** One seat taken or freed. */
export interface Movement {
  userId: string;
  seatClass: SeatClass;
  /** milliseconds since 1970 */
  at: number;
  /** sequence of the ledger line that says so */
  line: number;
  taken: boolean;
}

/** Numbers of a row: when, and what {@link codeOf} makes of the rest. */
const WIDTH = 2;

/** Movements in order of time, kept in one typed array: those of a large tenant as objects would fill the memory. */
export class Movements implements Iterable<Movement> {
  private readonly people: string[] = [];
  private rows = new Float64Array(64 * WIDTH);
  private order: Uint32Array | undefined;

  add({ userId, at, ...rest }: Movement): void {
    const from = this.people.push(userId) * WIDTH - WIDTH;
    if (from === this.rows.length) {
      const larger = new Float64Array(from * 2);
      larger.set(this.rows);
      this.rows = larger;
    }
    this.rows[from] = at;
    this.rows[from + 1] = codeOf(rest);
    this.order = undefined;
  }

  *[Symbol.iterator](): Generator<Movement, void> {
    this.order ??= this.sorted();
    for (const index of this.order) {
      const at = this.rows[index * WIDTH] ?? 0;
      const code = this.rows[index * WIDTH + 1] ?? 0;
      yield { userId: this.people[index] ?? '', at, ...movementOf(code) };
    }
  }

  /**
   * What happens at one moment happens at once: what is freed comes first, so that no seat is needed that nobody was in. An
   * event can move people both ways, and its lines are in the order of their ids.
   */
  private sorted(): Uint32Array {
    const { rows } = this;
    const number = (index: number) => rows[index] ?? 0;
    return Uint32Array.from(this.people.keys()).sort((one, other) => {
      const [a, b] = [one * WIDTH, other * WIDTH];
      return (
        number(a) - number(b) ||
        Number(isTaken(number(a + 1))) - Number(isTaken(number(b + 1))) ||
        number(a + 1) - number(b + 1)
      );
    });
  }
}

function codeOf({ line, taken, seatClass }: Pick<Movement, 'line' | 'taken' | 'seatClass'>): number {
  return line * 4 + (taken ? 2 : 0) + (seatClass === 'light' ? 1 : 0);
}

function isTaken(code: number): boolean {
  return code % 4 >= 2;
}

function movementOf(code: number): Pick<Movement, 'line' | 'taken' | 'seatClass'> {
  return { line: Math.floor(code / 4), taken: isTaken(code), seatClass: code % 2 === 1 ? 'light' : 'core' };
}
