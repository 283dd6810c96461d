import { readFileSync } from 'node:fs';
import { isJsonObject } from './json.ts';

/** What an administrator copies into Okta, and where the billing team looks. Written by whoever starts the system. */
export interface Connection {
  scimBaseUrl: string;
  username: string;
  token: string;
  billingUrl: string;
  billingKey: string;
  tenantId: string;
  /** Needed only to make a local group with the operator's CLI. */
  amqpUrl?: string | undefined;
}

/** Reads a connection file; the error names the property and the rule, never the value. */
export function readConnection(file: string): Connection {
  let parsed: unknown;
  try {
    parsed = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    const why =
      error instanceof SyntaxError ? 'it is not JSON' : error instanceof Error ? error.message : String(error);
    throw new Error(`cannot read the connection file: ${why}`);
  }
  if (!isJsonObject(parsed)) throw new Error('the connection file must hold a JSON object');
  const fields = parsed;
  const optional = (name: string): string | undefined => {
    const value = fields[name];
    if (value === undefined || value === null) return undefined;
    if (typeof value !== 'string' || value === '')
      throw new Error(`the connection's ${name} must be a non-empty string`);
    return value;
  };
  const required = (name: string): string => {
    const value = optional(name);
    if (value === undefined) throw new Error(`the connection's ${name} is missing`);
    return value;
  };
  const url = (name: string): string => {
    const value = required(name);
    if (!/^https?:$/.test(URL.parse(value)?.protocol ?? ''))
      throw new Error(`the connection's ${name} must be an HTTP URL`);
    return value;
  };
  return {
    scimBaseUrl: url('scimBaseUrl'),
    username: required('username'),
    token: required('token'),
    billingUrl: url('billingUrl'),
    billingKey: required('billingKey'),
    tenantId: required('tenantId'),
    amqpUrl: optional('amqpUrl'),
  };
}
