const ASCII = /^[\x20-\x7e]*$/;

/**
 * The one canonical form of a text whose `caseExact` is false: two texts are the same exactly when their keys are.
 * Unicode NFKC, lower case, with the final sigma folded, closed under a second application. Used for uniqueness,
 * filters and stored index columns alike, so that all three agree (RFC 7643 §2.2 `caseExact`, RFC 8265 §3.3).
 */
export function canonicalKey(text: string): string {
  if (ASCII.test(text)) return text.toLowerCase();
  return text.normalize('NFKC').toLowerCase().replaceAll('ς', 'σ').normalize('NFKC');
}
