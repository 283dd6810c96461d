export interface TaskFields {
  method: string;
  path: string;
  /** HTTP status; 0 when no answer came. */
  status: number;
  scimType?: string | undefined;
  detail: string;
  requestId?: string | undefined;
}

/**
 * An entry on Okta's Tasks page: a request that failed for good and waits for an administrator.
 * Okta repeats nothing but a 429, so everything else the service answers badly ends here.
 */
export class OktaTask extends Error {
  override readonly name = 'OktaTask';
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly scimType: string | undefined;
  readonly detail: string;
  readonly requestId: string | undefined;

  constructor(fields: TaskFields) {
    const status = fields.status === 0 ? 'no answer' : String(fields.status);
    const type = fields.scimType === undefined ? '' : ` ${fields.scimType}`;
    super(`${fields.method} ${fields.path}: ${status}${type}: ${fields.detail}`);
    this.method = fields.method;
    this.path = fields.path;
    this.status = fields.status;
    this.scimType = fields.scimType;
    this.detail = fields.detail;
    this.requestId = fields.requestId;
  }
}
