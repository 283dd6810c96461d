import type { Section } from './case.ts';
import { microsoftGroups, microsoftUsers } from './sections/microsoft-validator.ts';
import { oktaEntitlements } from './sections/okta-entitlements.ts';
import { oktaSpecTest } from './sections/okta-spec-test.ts';
import { oktaTestPlan } from './sections/okta-test-plan.ts';
import { entra, google, oneLogin, others } from './sections/providers.ts';
import { rfcFilter } from './sections/rfc-filter.ts';
import { rfcGroups } from './sections/rfc-groups.ts';
import { rfcCursors, rfcPaging, rfcProjection, rfcSort } from './sections/rfc-lists.ts';
import { rfcPatch } from './sections/rfc-patch.ts';
import { rfcCreate, rfcDelete, rfcReplace, rfcVersions } from './sections/rfc-resources.ts';
import { rfcBulk, rfcSearch } from './sections/rfc-search-and-bulk.ts';
import { rfcDiscovery, rfcMe, rfcMessages, rfcMethods, usersOnly } from './sections/rfc-service.ts';
import { tenantSchemas } from './sections/tenant-schemas.ts';

/** Every table, in the order it is shown. */
export const sections: readonly Section[] = [
  oktaSpecTest,
  ...oktaTestPlan,
  oktaEntitlements,
  microsoftUsers,
  microsoftGroups,
  entra,
  google,
  oneLogin,
  others,
  rfcCreate,
  rfcReplace,
  ...rfcPatch,
  rfcDelete,
  rfcVersions,
  rfcFilter,
  rfcPaging,
  rfcProjection,
  rfcGroups,
  rfcDiscovery,
  tenantSchemas,
  usersOnly,
  rfcMessages,
  rfcMethods,
  rfcMe,
  rfcSort,
  rfcCursors,
  rfcSearch,
  rfcBulk,
];
