import { SKIPPED_MEMBERS } from '#directory-api/scim-command';

const KINDS = [SKIPPED_MEMBERS];

/** What the directory's answer says was done only in part, by kind. It is for the record and never sent on. */
export function warningsOf(headers: Readonly<Record<string, string>>): Record<string, number> {
  const counts = KINDS.map((kind) => [kind, Number(headers[kind] ?? 0)] as const);
  return Object.fromEntries(counts.filter(([, count]) => count > 0));
}
