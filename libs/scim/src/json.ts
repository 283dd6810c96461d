import { badRequest, type ScimType } from './error.ts';
import { endOfString, QUOTE, repeatedKeyOffset, syntaxErrorOffset } from './json-syntax.ts';

export type Json = null | boolean | number | string | Json[] | JsonObject;
export interface JsonObject {
  [key: string]: Json;
}

const MAX_DEPTH = 64;
const REFUSED_KEYS = new Set(['__proto__', 'constructor', 'prototype']);
const FEW_KEYS = 12;
const CONTROL = /[^\P{Cc}\t\n\r]/u;

/**
 * Reads a request body. One scan before JSON.parse measures the depth, so that a body of nothing but brackets is an
 * answer and not a stack overflow, and counts the keys; one walk afterwards refuses what no attribute may hold. JSON.parse
 * keeps the last of two equal keys in silence: then the walk finds fewer keys than the scan did.
 *
 * @throws ScimError 400 `invalidSyntax`: malformed JSON (with line and column), nesting deeper than 64, a key twice in
 *   one object, in whatever case (RFC 7643 §2.1), or a key that JavaScript gives a meaning of its own (`__proto__`,
 *   `constructor`, `prototype`).
 * @throws ScimError 400 `invalidValue`: a control character or half a surrogate pair in a string or key, as PostgreSQL
 *   can store neither U+0000 nor a lone surrogate; a number beyond what a double can hold.
 */
export function parseJson(text: string): Json {
  const written = countKeys(text);
  let value: Json;
  try {
    value = JSON.parse(text) as Json;
  } catch {
    throw badRequest(
      'invalidSyntax',
      `The body is not valid JSON at ${place(text, syntaxErrorOffset(text))}. Send JSON.`,
    );
  }
  const kept: Count = { keys: 0 };
  const fault = faultIn(value, kept);
  if (fault) {
    throw badRequest(fault.scimType, `${fault.path.join('.') || 'The body'} ${fault.problem}. Remove it.`);
  }
  if (kept.keys !== written) {
    throw badRequest(
      'invalidSyntax',
      `A key is there twice in one object, at ${place(text, repeatedKeyOffset(text))}.`,
    );
  }
  return value;
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The JSON type, for messages that must say what was received without repeating it. */
export function typeOf(value: Json): 'null' | 'boolean' | 'number' | 'string' | 'array' | 'object' {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return typeof value as 'boolean' | 'number' | 'string' | 'object';
}

/** Why a text cannot be stored, or undefined when it can. Tab, line feed and carriage return are allowed. */
export function unusableText(text: string): string | undefined {
  if (!text.isWellFormed()) return 'half a surrogate pair, which is not a character';
  return CONTROL.test(text) ? 'a control character' : undefined;
}

/** Deep equality; the order of an object's keys has no meaning, that of an array has. */
export function sameJson(left: Json | undefined, right: Json | undefined): boolean {
  if (left === right) return true;
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null) return false;
  if (Array.isArray(left) || Array.isArray(right)) {
    if (!Array.isArray(left) || !Array.isArray(right) || left.length !== right.length) return false;
    return left.every((item, index) => sameJson(item, right[index]));
  }
  const keys = Object.keys(left);
  if (keys.length !== Object.keys(right).length) return false;
  return keys.every((key) => Object.hasOwn(right, key) && sameJson(left[key], right[key]));
}

export function copyJson<T extends Json>(value: T): T;
export function copyJson(value: Json): Json {
  if (Array.isArray(value)) return value.map((item) => copyJson(item));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, copyJson(item)]));
}

/** How many keys were written: the colons outside strings, since the text turns out to be JSON or is refused. */
function countKeys(text: string): number {
  let keys = 0;
  let depth = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) at = endOfString(text, at);
    else if (code === 0x3a) keys += 1;
    else if (code === 0x5b || code === 0x7b) {
      depth += 1;
      if (depth > MAX_DEPTH) {
        throw badRequest('invalidSyntax', `The body is nested deeper than ${MAX_DEPTH} levels. Send a flatter body.`);
      }
    } else if (code === 0x5d || code === 0x7d) depth -= 1;
  }
  return keys;
}

interface Count {
  keys: number;
}

interface Fault {
  readonly scimType: ScimType;
  readonly problem: string;
  /** The keys that lead there, built on the way out: a sound body pays nothing for it. */
  readonly path: string[];
}

function faultIn(value: Json, count: Count): Fault | undefined {
  if (typeof value === 'string') {
    const problem = unusableText(value);
    return problem === undefined ? undefined : { scimType: 'invalidValue', problem: `holds ${problem}`, path: [] };
  }
  if (typeof value === 'number' && !Number.isFinite(value)) {
    return { scimType: 'invalidValue', problem: 'is a number too large to be kept', path: [] };
  }
  if (typeof value !== 'object' || value === null) return undefined;
  if (Array.isArray(value)) {
    for (const item of value) {
      const fault = faultIn(item, count);
      if (fault) return fault;
    }
    return undefined;
  }
  const keys = Object.keys(value);
  count.keys += keys.length;
  const repeated = repeatedIn(keys);
  if (repeated !== undefined) {
    return { scimType: 'invalidSyntax', problem: 'is there twice, in different case', path: [repeated] };
  }
  for (const key of keys) {
    const fault = faultInKey(key) ?? faultIn(value[key] ?? null, count);
    if (!fault) continue;
    if (!unusableText(key)) fault.path.unshift(key);
    return fault;
  }
  return undefined;
}

/** A key that another one differs from in case only. Few keys are compared by length first, which is mostly enough. */
function repeatedIn(keys: readonly string[]): string | undefined {
  if (keys.length > FEW_KEYS) {
    const seen = new Set<string>();
    return keys.find((key) => seen.size === seen.add(key.toLowerCase()).size);
  }
  for (let right = 1; right < keys.length; right += 1) {
    const key = keys[right] ?? '';
    for (let left = 0; left < right; left += 1) {
      const other = keys[left] ?? '';
      if (other.length === key.length && other.toLowerCase() === key.toLowerCase()) return key;
    }
  }
  return undefined;
}

function faultInKey(key: string): Fault | undefined {
  if (REFUSED_KEYS.has(key)) return { scimType: 'invalidSyntax', problem: 'is a key that is not allowed', path: [] };
  const problem = unusableText(key);
  return problem === undefined
    ? undefined
    : { scimType: 'invalidValue', problem: `has a key that holds ${problem}`, path: [] };
}

function place(text: string, offset: number): string {
  const before = text.slice(0, offset);
  const line = before.split('\n').length;
  return `position ${offset} (line ${line}, column ${offset - before.lastIndexOf('\n')})`;
}
