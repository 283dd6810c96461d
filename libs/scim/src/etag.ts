const ENTITY_TAG = /^(?:W\/)?"([^"]*)"$/;

/** The entity tag of a version, weak, as in the ETag header and `meta.version` (RFC 7644 §3.14). */
export function etagOf(version: number): string {
  return `W/"${version}"`;
}

/** The version that an entity tag of ours names; NaN for any other text. */
export function versionOf(etag: string): number {
  return Number(ENTITY_TAG.exec(etag)?.[1]);
}

/**
 * Whether If-Match lets a write to an existing resource go on; false is a 412. Without the header, and with `*`, it
 * does. Compared weakly, as all our tags are weak (RFC 7644 §3.14 over RFC 9110 §13.1.1). Malformed tags match nothing.
 */
export function ifMatch(header: string | undefined, version: number): boolean {
  return header === undefined || lists(header, version);
}

/** Whether If-None-Match lets a request for an existing resource go on; false is a 304 of a read and a 412 of a write (RFC 9110 §13.1.2). */
export function ifNoneMatch(header: string | undefined, version: number): boolean {
  return header === undefined || !lists(header, version);
}

function lists(header: string, version: number): boolean {
  return header.split(',').some((item) => {
    const tag = item.trim();
    return tag === '*' || ENTITY_TAG.exec(tag)?.[1] === String(version);
  });
}
