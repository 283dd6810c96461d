import type { Section } from './case.ts';
import { microsoftGroups, microsoftUsers } from './sections/microsoft-validator.ts';
import { oktaSpecTest } from './sections/okta-spec-test.ts';
import { entra, google, oneLogin, others } from './sections/providers.ts';

/** Every table, in the order it is shown. */
export const sections: readonly Section[] = [
  oktaSpecTest,
  microsoftUsers,
  microsoftGroups,
  entra,
  google,
  oneLogin,
  others,
];
