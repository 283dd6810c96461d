import { canonicalKey } from '#scim/canonical';
import { badRequest } from '#scim/error';
import { isObject, type Json } from '#scim/json';
import type { Resource } from '#scim/resource';

/** How long a text that is indexed whole may be, in UTF-8: below what an entry of an index takes with the tenant beside it. */
export const INDEXED_BYTES = 2_048;

/**
 * Lets a text through that is unique or looked up by its whole, so that no index refuses its row.
 *
 * @param key the text as it is compared: of the few letters that NFKC writes out, longer than what was sent
 * @throws ScimError 400 invalidValue
 */
export function checkIndexed(attribute: string, key: string): void {
  const bytes = Buffer.byteLength(key);
  if (bytes <= INDEXED_BYTES) return;
  const detail = `${attribute} is ${bytes} bytes long as UTF-8, and at most ${INDEXED_BYTES} bytes can be looked up. Send a shorter one.`;
  throw badRequest('invalidValue', detail);
}

/** How many characters of a text an index holds: Postgres refuses entries beyond about 2,700 bytes. */
export const INDEXED_CHARACTERS = 200;

/** What an index column holds of a text: its canonical form, cut. A shorter key is the whole of its text. */
export function indexKey(text: string): string {
  const key = canonicalKey(text);
  return key.length <= INDEXED_CHARACTERS ? key : [...key].slice(0, INDEXED_CHARACTERS).join('');
}

/** The index columns that follow from a user. */
export function userKeys({ displayName, emails }: Resource): { displayNameKey: string | null; emailKeys: string[] } {
  const values: Json[] = Array.isArray(emails) ? emails : [];
  return {
    displayNameKey: typeof displayName === 'string' ? indexKey(displayName) : null,
    emailKeys: values.flatMap((email) => {
      return isObject(email) && typeof email.value === 'string' ? indexKey(email.value) : [];
    }),
  };
}

/** The first text, by code point, behind all that start with `prefix`; undefined when there is none. */
export function endOfPrefix(prefix: string): string | undefined {
  const points = [...prefix];
  for (let last = points.pop(); last !== undefined; last = points.pop()) {
    const point = last.codePointAt(0) ?? 0;
    const next = point + 1 === 0xd800 ? 0xe000 : point + 1;
    if (next <= 0x10ffff) return points.join('') + String.fromCodePoint(next);
  }
  return undefined;
}
