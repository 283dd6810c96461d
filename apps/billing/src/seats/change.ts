import type { GroupStep } from '../classes/group-graph.ts';
import type { Plan } from '../terms/plan.ts';
import type { LineCause } from './line-cause.ts';
import type { UserChange } from './user-change.ts';

/** A new light group of a tenant, and the groups whose effect that changed. */
export interface Reclassed {
  tenantId: string;
  moved: GroupStep['moved'];
  at: Date;
  cause: LineCause;
}

/** A seat that is set right, because the directory says so. */
export interface Adjustment {
  tenantId: string;
  userId: string;
  userName: string;
  adjustTo: 'occupied' | 'released';
  /** of the user in the directory */
  version: number;
  corrects: number | null;
  at: Date;
  cause: LineCause;
}

/** Other people take seats, because the plan now counts from another moment on. */
export interface Recounted {
  tenantId: string;
  billableFrom: Plan['billableFrom'];
  /** who is active and has not signed in */
  people: string[];
  at: Date;
  cause: LineCause;
}

/** Anything that can move a seat. */
export type Change = UserChange | GroupStep | Reclassed | Recounted | Adjustment;
