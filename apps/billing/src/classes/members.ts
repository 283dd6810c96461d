/** One person directly in one group. */
export interface Member {
  tenantId: string;
  groupId: string;
  userId: string;
}

interface State {
  member: Member;
  was: boolean;
  is: boolean;
}

/** The memberships that a batch concerns, as they were and as they become. */
export class Members {
  private readonly groups = new Map<string, Map<string, State>>();

  constructor(loaded: Member[]) {
    for (const member of loaded) this.of(member).set(member.userId, { member, was: true, is: true });
  }

  /** Who of those it knows is in the group now. */
  in(group: Pick<Member, 'tenantId' | 'groupId'>): string[] {
    return [...this.of(group)].flatMap(([userId, { is }]) => (is ? [userId] : []));
  }

  /** @returns whether that changed anything */
  set(member: Member, is: boolean): boolean {
    const group = this.of(member);
    const state = group.get(member.userId);
    if ((state?.is ?? false) === is) return false;
    group.set(member.userId, { member, was: state?.was ?? false, is });
    return true;
  }

  /** Takes a person out of every group it knows. */
  leaveAll(tenantId: string, userId: string): void {
    for (const group of this.groups.values()) {
      const state = group.get(userId);
      if (state?.member.tenantId === tenantId) group.set(userId, { ...state, is: false });
    }
  }

  outcome(): { joined: Member[]; left: Member[] } {
    const states = [...this.groups.values()].flatMap((group) => [...group.values()]);
    return {
      joined: states.flatMap(({ member, was, is }) => (is && !was ? [member] : [])),
      left: states.flatMap(({ member, was, is }) => (was && !is ? [member] : [])),
    };
  }

  private of({ tenantId, groupId }: Pick<Member, 'tenantId' | 'groupId'>): Map<string, State> {
    const key = `${tenantId}/${groupId}`;
    const found = this.groups.get(key) ?? new Map<string, State>();
    this.groups.set(key, found);
    return found;
  }
}
