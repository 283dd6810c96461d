export const ERROR_SCHEMA = 'urn:ietf:params:scim:api:messages:2.0:Error';

/** RFC 7644 §3.12 Table 9, with the three that RFC 9865 §2.1 adds for cursors. */
export type ScimType =
  | 'invalidFilter'
  | 'tooMany'
  | 'uniqueness'
  | 'mutability'
  | 'invalidSyntax'
  | 'invalidPath'
  | 'noTarget'
  | 'invalidValue'
  | 'invalidVers'
  | 'sensitive'
  | 'invalidCursor'
  | 'expiredCursor'
  | 'invalidCount';

export type ErrorBody = {
  schemas: [typeof ERROR_SCHEMA];
  status: string;
  scimType?: ScimType;
  detail: string;
};

/**
 * A protocol error (RFC 7644 §3.12). It holds the HTTP status because the body repeats it.
 * `detail` is read by an administrator in the identity provider's log: it names the attribute and what to do,
 * and never holds a value that was sent.
 */
export class ScimError extends Error {
  override readonly name = 'ScimError';

  constructor(
    readonly status: number,
    readonly detail: string,
    readonly scimType?: ScimType,
  ) {
    super(detail);
  }

  /** The response body; `status` is a string there (RFC 7644 §3.12). */
  toBody(): ErrorBody {
    return {
      schemas: [ERROR_SCHEMA],
      status: String(this.status),
      ...(this.scimType && { scimType: this.scimType }),
      detail: this.detail,
    };
  }
}

const MAX_DETAIL = 1000;

/** The 400 that most rules end in. A name that was sent may be of any length, so the detail is cut. */
export function badRequest(scimType: ScimType, detail: string): ScimError {
  return new ScimError(400, detail.length > MAX_DETAIL ? `${detail.slice(0, MAX_DETAIL)}…` : detail, scimType);
}
