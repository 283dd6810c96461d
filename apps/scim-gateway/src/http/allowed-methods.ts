import { SCIM_PATH } from './base-url.ts';

/** The first that matches counts: `.search` is no id. */
const PATHS: [path: RegExp, methods: string][] = [
  [new RegExp(`^${SCIM_PATH}/?$`), 'GET, HEAD'],
  [new RegExp(`^${SCIM_PATH}(?:/Users|/Groups|/Roles|/Entitlements)?/\\.search/?$`), 'POST'],
  [new RegExp(`^${SCIM_PATH}/(?:Users|Groups)/?$`), 'GET, HEAD, POST'],
  [new RegExp(`^${SCIM_PATH}/(?:Users|Groups)/[^/]+/?$`), 'GET, HEAD, PUT, PATCH, DELETE'],
  [new RegExp(`^${SCIM_PATH}/(?:Roles|Entitlements)(?:/[^/]+)?/?$`), 'GET, HEAD'],
  [new RegExp(`^${SCIM_PATH}/Bulk/?$`), 'POST'],
  [new RegExp(`^${SCIM_PATH}/(?:ServiceProviderConfig|(?:ResourceTypes|Schemas)(?:/[^/]+)?)/?$`), 'GET, HEAD'],
];

/** The Allow header of a path that exists, for whoever used another method on it; undefined for all other paths. */
export function allowedMethods(url: string): string | undefined {
  const path = url.split('?', 1)[0] ?? '';
  return PATHS.find(([pattern]) => pattern.test(path))?.[1];
}
