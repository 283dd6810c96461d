import { badRequest, type ScimType } from './error.ts';
import { syntaxErrorOffset } from './json-syntax.ts';

export type Json = null | boolean | number | string | Json[] | JsonObject;
export interface JsonObject {
  [key: string]: Json;
}

const MAX_DEPTH = 64;
const REFUSED_KEYS = new Set(['__proto__', 'constructor', 'prototype']);
const CONTROL = /[^\P{Cc}\t\n\r]/u;

/**
 * Reads a request body. The depth is checked before JSON.parse, so a body of nothing but brackets is an answer and
 * not a stack overflow; one walk afterwards refuses what no attribute may hold.
 *
 * @throws ScimError 400 `invalidSyntax`: malformed JSON (with line and column), nesting deeper than 64,
 *   or a key that JavaScript gives a meaning of its own (`__proto__`, `constructor`, `prototype`).
 * @throws ScimError 400 `invalidValue`: a control character or half a surrogate pair in a string or key; PostgreSQL
 *   can store neither U+0000 nor a lone surrogate.
 */
export function parseJson(text: string): Json {
  refuseDeepNesting(text);
  let value: Json;
  try {
    value = JSON.parse(text) as Json;
  } catch {
    throw badRequest(
      'invalidSyntax',
      `The body is not valid JSON at ${place(text, syntaxErrorOffset(text))}. Send JSON.`,
    );
  }
  const fault = faultIn(value);
  if (fault) {
    throw badRequest(fault.scimType, `${fault.path.join('.') || 'The body'} ${fault.problem}. Remove it.`);
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

function refuseDeepNesting(text: string): void {
  let depth = 0;
  let inString = false;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (inString) {
      if (code === 0x5c) at += 1;
      else if (code === 0x22) inString = false;
    } else if (code === 0x22) inString = true;
    else if (code === 0x5b || code === 0x7b) {
      depth += 1;
      if (depth > MAX_DEPTH) {
        throw badRequest('invalidSyntax', `The body is nested deeper than ${MAX_DEPTH} levels. Send a flatter body.`);
      }
    } else if (code === 0x5d || code === 0x7d) depth -= 1;
  }
}

interface Fault {
  readonly scimType: ScimType;
  readonly problem: string;
  /** The keys that lead there, built on the way out: a sound body pays nothing for it. */
  readonly path: string[];
}

function faultIn(value: Json): Fault | undefined {
  if (typeof value === 'string') {
    const problem = unusableText(value);
    return problem === undefined ? undefined : { scimType: 'invalidValue', problem: `holds ${problem}`, path: [] };
  }
  if (typeof value !== 'object' || value === null) return undefined;
  if (Array.isArray(value)) {
    for (const item of value) {
      const fault = faultIn(item);
      if (fault) return fault;
    }
    return undefined;
  }
  for (const key of Object.keys(value)) {
    const fault = faultInKey(key) ?? faultIn(value[key] ?? null);
    if (!fault) continue;
    if (!unusableText(key)) fault.path.unshift(key);
    return fault;
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
