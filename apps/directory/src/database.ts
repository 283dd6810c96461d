import type { DataSourceOptions } from 'typeorm';
import { databaseOptions } from '#postgres/open';
import { Connection } from './connections/connection.entity.ts';
import { Group } from './groups/group.entity.ts';
import { Membership } from './groups/membership.entity.ts';
import { Subgroup } from './groups/subgroup.entity.ts';
import { Initial1764000000000 } from './migrations/1764000000000-initial.ts';
import { ListIndexes1764100000000 } from './migrations/1764100000000-list-indexes.ts';
import { Activity1764200000000 } from './migrations/1764200000000-activity.ts';
import { ProvenancePolicies1764300000000 } from './migrations/1764300000000-provenance-policies.ts';
import { Subgroups1764400000000 } from './migrations/1764400000000-subgroups.ts';
import { TenantSchemas1764500000000 } from './migrations/1764500000000-tenant-schemas.ts';
import { Entitlements1764500000001 } from './migrations/1764500000001-entitlements.ts';
import { ExactTotals1764600000000 } from './migrations/1764600000000-exact-totals.ts';
import { ActivityChanges1764700000000 } from './migrations/1764700000000-activity-changes.ts';
import { PartitionedOutbox1764800000000 } from './migrations/1764800000000-partitioned-outbox.ts';
import { Replay1764900000001 } from './migrations/1764900000001-replay.ts';
import { SeatRules1765300000001 } from './migrations/1765300000001-seat-rules.ts';
import { ScimContact1765400000000 } from './migrations/1765400000000-scim-contact.ts';
import { SeatRuleEvent1765500000000 } from './migrations/1765500000000-seat-rule-event.ts';
import { SsoSettings } from './tenants/sso-settings.entity.ts';
import { Tenant } from './tenants/tenant.entity.ts';
import { User } from './users/user.entity.ts';

/** The database `directory`, as the application and the migrations see it. */
export function directoryDatabase(url: string, pool = 2): DataSourceOptions {
  return databaseOptions('directory', url, pool, {
    entities: [Tenant, SsoSettings, Connection, User, Group, Membership, Subgroup],
    migrations: [
      Initial1764000000000,
      ListIndexes1764100000000,
      Activity1764200000000,
      ProvenancePolicies1764300000000,
      Subgroups1764400000000,
      TenantSchemas1764500000000,
      Entitlements1764500000001,
      ExactTotals1764600000000,
      ActivityChanges1764700000000,
      PartitionedOutbox1764800000000,
      Replay1764900000001,
      SeatRules1765300000001,
      ScimContact1765400000000,
      SeatRuleEvent1765500000000,
    ],
  });
}
