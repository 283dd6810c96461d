/**
 * Features that are specified and not built, and why their cases may fail. A case whose `since` is listed here is
 * run and shown, but counts as pending whatever comes of it; take the feature off the list when it is there.
 */
export const pending: Readonly<Record<string, string>> = {
  'resource-type-filter': 'no filter on meta.resourceType, which RFC 7644 §3.4.2.1 uses on the root',
};
