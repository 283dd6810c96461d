/** What is true of a person in the directory. */
export type State = 'absent' | 'active' | 'inactive';
export type Act = 'create' | 'activate' | 'deactivate' | 'delete';

const EFFECTS: Record<Act, Record<State, State>> = {
  create: { absent: 'active', active: 'active', inactive: 'inactive' },
  activate: { absent: 'absent', active: 'active', inactive: 'active' },
  deactivate: { absent: 'absent', active: 'inactive', inactive: 'inactive' },
  delete: { absent: 'absent', active: 'absent', inactive: 'absent' },
};

/**
 * What may be true of one person, by what one client, the only one that changes that person, was answered. An act that was
 * not answered may have happened, or may yet happen until nothing is on its way any more.
 */
export class Possible {
  private states = new Set<State>(['absent']);
  private readonly open = new Set<Act>();

  has(state: State): boolean {
    return this.states.has(state);
  }

  /** The act was acknowledged. */
  succeeded(act: Act): void {
    const before: State = act === 'create' ? 'absent' : act === 'activate' ? 'inactive' : 'active';
    this.states = new Set([EFFECTS[act][before]]);
    this.close();
  }

  /** Nobody knows whether the act happened. */
  unanswered(act: Act): void {
    this.open.add(act);
    this.close();
  }

  /** An answer said that the person is, or is not, there; false when that cannot be. */
  seen(exists: boolean): boolean {
    const left = [...this.states].filter((state) => (state !== 'absent') === exists);
    if (left.length === 0) return false;
    this.states = new Set(left);
    this.close();
    return true;
  }

  /** Nothing is on its way any more: what was not answered has happened by now or never will. */
  settle(): void {
    this.open.clear();
  }

  private close(): void {
    for (const state of this.states) for (const act of this.open) this.states.add(EFFECTS[act][state]);
  }
}
