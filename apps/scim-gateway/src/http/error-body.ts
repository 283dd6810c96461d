import { ERROR_SCHEMA, type ErrorBody, ScimError } from '#scim/error';

/**
 * An error's body with the request id at the end of its detail: the detail is what identity providers show their
 * administrators, and RFC 7644 §3.12 has no member for the id, which a strict client might stumble over.
 */
export function errorBody(error: ErrorBody, requestId: string): string {
  if (error.detail.includes(requestId)) return JSON.stringify(error);
  return JSON.stringify({ ...error, detail: `${error.detail} (request id ${requestId})` });
}

/** The same of an error that the directory gave. A command can fail outside its handler; then that is not SCIM. */
export function foreignErrorBody(status: number, content: string, requestId: string): string {
  return errorBody(
    scimError(content) ??
      new ScimError(status, 'The directory failed on this request. Its log has the reason.').toBody(),
    requestId,
  );
}

function scimError(content: string): ErrorBody | undefined {
  if (!content.includes(ERROR_SCHEMA)) return undefined;
  try {
    const body = JSON.parse(content) as ErrorBody;
    return typeof body.detail === 'string' ? body : undefined;
  } catch {
    return undefined;
  }
}
