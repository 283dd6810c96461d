import { type Effect, moved, type Standing } from './seat-class.ts';

/** The people whom one change moves, each with where it stood before and stands now. */
export class Moving {
  private readonly people = new Map<string, { before: Standing; now: Standing }>();

  constructor(
    private readonly standing: (person: { tenantId: string; userId: string }) => Standing,
    private readonly tenantId: string,
  ) {}

  move(userId: string, effect: Effect, by: 1 | -1): void {
    const before = this.people.get(userId)?.before ?? this.standing({ tenantId: this.tenantId, userId });
    const now = this.people.get(userId)?.now ?? before;
    this.people.set(userId, { before, now: moved(now, effect, by) });
  }

  /** By id, so that the same events always lead to the same lines. */
  inOrder(): [string, { before: Standing; now: Standing }][] {
    return [...this.people].toSorted(([one], [other]) => (one < other ? -1 : 1));
  }
}
