import { gunzipSync, inflateRawSync, inflateSync } from 'node:zlib';
import { isJsonObject } from './json.ts';

const errorSchema = 'urn:ietf:params:scim:api:messages:2.0:Error';

/** RFC 7644 §3.12 table 9 and RFC 9865 §2.4. */
const scimTypes: ReadonlySet<string> = new Set([
  'invalidFilter',
  'tooMany',
  'uniqueness',
  'mutability',
  'invalidSyntax',
  'invalidPath',
  'noTarget',
  'invalidValue',
  'invalidVers',
  'sensitive',
  'invalidCursor',
  'expiredCursor',
  'invalidCount',
]);

/**
 * The text of an answer, unpacked as its Content-Encoding says. Both meanings of `deflate` in the wild
 * (zlib-wrapped, as RFC 9110 §8.4.1.2 wants, and raw) are read. Throws when the bytes do not unpack.
 */
export function decodeBody(raw: Buffer, encoding: string | undefined): string {
  switch (encoding?.trim().toLowerCase() ?? '') {
    case '':
    case 'identity':
      return raw.toString('utf8');
    case 'gzip':
    case 'x-gzip':
      return gunzipSync(raw).toString('utf8');
    case 'deflate':
      return (((raw[0] ?? 0) & 0x0f) === 8 ? inflateSync(raw) : inflateRawSync(raw)).toString('utf8');
    default:
      throw new Error(`Content-Encoding ${encoding} was not offered (gzip,deflate were)`);
  }
}

export type ReadJson = { body: unknown; fault?: undefined } | { body: string; fault: string };

/** Parses an answer. A body that is not JSON, or is not labelled as JSON, is a fault with a short quote of it. */
export function readJson(text: string, contentType: string | undefined): ReadJson {
  const labelled = /^application\/(scim\+)?json\b/i.test(contentType ?? '');
  try {
    const body: unknown = JSON.parse(text);
    if (labelled) return { body };
    return { body: text, fault: `the answer is JSON but its Content-Type is ${contentType ?? 'missing'}` };
  } catch {
    const start = text.replace(/\s+/g, ' ').trim().slice(0, 80);
    return { body: text, fault: `the answer is not JSON (Content-Type ${contentType ?? 'missing'}): ${start}` };
  }
}

/** What keeps `body` from being a SCIM error body for `status` (RFC 7644 §3.12), or undefined when it is one. */
export function faultInScimError(status: number, body: unknown): string | undefined {
  if (body === undefined) return 'the error has no body; a SCIM error body was expected';
  if (!isJsonObject(body)) return 'the error body is not a JSON object';
  if (!Array.isArray(body.schemas) || !body.schemas.includes(errorSchema)) {
    return `the error body does not name the schema ${errorSchema}`;
  }
  if (typeof body.status !== 'string') return `the error body's status is ${typeof body.status}, not a string`;
  if (body.status !== String(status)) return `the error body's status is "${body.status}", the answer's is ${status}`;
  if (body.detail !== undefined && typeof body.detail !== 'string') return "the error body's detail is not a string";
  if (body.scimType !== undefined && (typeof body.scimType !== 'string' || !scimTypes.has(body.scimType))) {
    return `the error body's scimType ${JSON.stringify(body.scimType)} is not one of the registered ones`;
  }
  return undefined;
}
