const MAX_LENGTH = 500;

const EMAIL = /[^\s@'"<>]{1,100}@[^\s@'"<>]{1,255}/g;
const TOKEN = /\brc[a-z]_[\w-]+/g;

/** What stands in quotes: from a quote that begins a word to one that ends it, so that `'O'Brien'` is one text. */
const QUOTED = /(?<=^|[\s(])(['"])(.*?)\1(?=[\s.,;:)]|$)/gs;

/** An attribute, a path of them, a schema's URN or a parameter: details name those, and they are no values. */
const NAME = /^\$?[A-Za-z][\w$.:-]{0,199}$/;

/**
 * The detail of an error as it may be kept. Details are written to hold no value that was sent; this is for the one that
 * does all the same: addresses, tokens and quoted texts that cannot be a name are left out.
 */
export function redacted(detail: string): string {
  const text = detail
    .slice(0, MAX_LENGTH)
    .replace(TOKEN, '…')
    .replace(EMAIL, '…')
    .replace(QUOTED, (whole, quote: string, inner: string) => (NAME.test(inner) ? whole : `${quote}…${quote}`));
  return detail.length > MAX_LENGTH ? `${text}…` : text;
}
