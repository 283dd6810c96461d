import { activityCommands } from './activity.ts';
import { billingCommands } from './billing.ts';
import { billingKeyCommands } from './billing-key.ts';
import { billingLedgerCommands } from './billing-ledger.ts';
import type { Command } from './command.ts';
import { entitlementsCommands } from './entitlements.ts';
import { eventsCommands } from './events.ts';
import { groupsCommands } from './groups.ts';
import { parkedCommands } from './parked.ts';
import { schemasCommands } from './schemas.ts';
import { scimCommands } from './scim.ts';
import { seatsCommands } from './seats.ts';
import { ssoCommands } from './sso.ts';
import { tenantCommands } from './tenant.ts';
import { usersCommands } from './users.ts';
import { webhooksCommands } from './webhooks.ts';

/** Every command, in the order help lists them. */
export const commands: readonly Command[] = [
  ...tenantCommands,
  ...ssoCommands,
  ...scimCommands,
  ...schemasCommands,
  ...entitlementsCommands,
  ...usersCommands,
  ...groupsCommands,
  ...seatsCommands,
  ...billingKeyCommands,
  ...billingLedgerCommands,
  ...webhooksCommands,
  ...billingCommands,
  ...eventsCommands,
  ...activityCommands,
  ...parkedCommands,
];

/** What a noun alone means. */
export const shorthands: Readonly<Record<string, string>> = { seats: 'seats show' };
