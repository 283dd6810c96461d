/** What a seat costs by: a light one reads, a core one does everything. */
export type SeatClass = 'core' | 'light';

/** The group whose members are light where the tenant's plan names no other; the spelling is exact (set-up article). */
export const DEFAULT_LIGHT_GROUP = 'GURU:Light User Group';

/** What being in a group does to a person's class. */
export type Effect = 'none' | 'light' | 'core';

/** In how many groups of each effect a person is, directly; what follows from nesting is in the groups' effects. */
export interface Standing {
  light: number;
  core: number;
}

export const NOWHERE: Standing = { light: 0, core: 0 };

/** The effect of a group by itself: only a group that a connection manages has one. */
export function ownEffect(group: { displayName: string; managed: boolean }, lightGroup: string): Effect {
  if (!group.managed) return 'none';
  return group.displayName === lightGroup ? 'light' : 'core';
}

/** The effect of being in all of these groups: core overrules light. */
export function combined(effects: Effect[]): Effect {
  if (effects.includes('core')) return 'core';
  return effects.includes('light') ? 'light' : 'none';
}

/** Light is who is in the light group and in no other synced one; everybody else is core. */
export function seatClass({ light, core }: Standing): SeatClass {
  return light > 0 && core === 0 ? 'light' : 'core';
}

/** The same of a row of `seat`, in SQL. */
export const SEAT_CLASS = `CASE WHEN light_groups > 0 AND core_groups = 0 THEN 'light' ELSE 'core' END`;

/** The standing after joining (`by` 1) or leaving (`by` -1) a group of this effect. */
export function moved(standing: Standing, effect: Effect, by: 1 | -1): Standing {
  return effect === 'none' ? standing : { ...standing, [effect]: standing[effect] + by };
}
