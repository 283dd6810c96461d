import type { Section } from './case.ts';
import { oktaSpecTest } from './sections/okta-spec-test.ts';

/** Every table, in the order it is shown. */
export const sections: readonly Section[] = [oktaSpecTest];
