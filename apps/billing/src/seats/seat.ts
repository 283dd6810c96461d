import type { Standing } from '../classes/seat-class.ts';

/** One person's seat: whether it is taken, and the last version of the user that was applied. */
export interface Seat {
  tenantId: string;
  userId: string;
  userName: string;
  occupied: boolean;
  /** the person is active in the directory: by the plan that is enough for a seat, or only once they have signed in */
  active: boolean;
  signedInAt: Date | null;
  version: number;
  /** when it was taken or released last */
  since: Date;
  /** its last ledger line: which, and when what it tells happened; null while there is none */
  lastLine: { sequence: number; at: Date } | null;
  /** what its class follows from */
  standing: Standing;
}

/** What tells one person of one tenant from another. */
export function seatKey({ tenantId, userId }: { tenantId: string; userId: string }): string {
  return `${tenantId}/${userId}`;
}
