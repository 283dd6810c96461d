import { canonicalKey } from './canonical.ts';
import { instantOf } from './date-time.ts';
import type { Json } from './json.ts';
import type { Attribute } from './schema.ts';

export type CompareOperator = 'eq' | 'ne' | 'co' | 'sw' | 'ew' | 'gt' | 'ge' | 'lt' | 'le';
export type Literal = string | number | boolean;

const EQUALITY: readonly CompareOperator[] = ['eq', 'ne'];
const ORDER: readonly CompareOperator[] = [...EQUALITY, 'gt', 'ge', 'lt', 'le'];
const TEXT: readonly CompareOperator[] = [...ORDER, 'co', 'sw', 'ew'];

/** What an attribute can be compared with (RFC 7644 §3.4.2.2, Table 3). */
export function operatorsOf(attribute: Attribute): readonly CompareOperator[] {
  switch (attribute.type) {
    case 'boolean':
    case 'binary':
      return EQUALITY;
    case 'integer':
    case 'decimal':
    case 'dateTime':
      return ORDER;
    case 'complex':
      return [];
    default:
      return TEXT;
  }
}

/** The literal in the attribute's own type, or undefined when it has another. Entra writes booleans as strings. */
export function literalFor(attribute: Attribute, literal: Literal): Literal | undefined {
  switch (attribute.type) {
    case 'boolean':
      return typeof literal === 'string' ? booleanOf(literal) : typeof literal === 'boolean' ? literal : undefined;
    case 'integer':
    case 'decimal':
      return typeof literal === 'number' ? literal : undefined;
    case 'dateTime':
      return typeof literal === 'string' && instantOf(literal) !== undefined ? literal : undefined;
    default:
      return typeof literal === 'string' ? literal : undefined;
  }
}

export function booleanOf(text: string): boolean | undefined {
  const lower = text.toLowerCase();
  return lower === 'true' ? true : lower === 'false' ? false : undefined;
}

/** A key that two values of one attribute share exactly when they are the same: `caseExact` and instants count. */
export function identityOf(attribute: Attribute, value: Json): string {
  return String(comparable(attribute, value));
}

/** Compares one value with a literal. Texts are ordered by code point of their canonical form. */
export function compare(attribute: Attribute, operator: CompareOperator, actual: Json, expected: Literal): boolean {
  const left = comparable(attribute, actual);
  const right = comparable(attribute, expected);
  switch (operator) {
    case 'eq':
      return left === right;
    case 'ne':
      return left !== right;
    case 'co':
      return typeof left === 'string' && left.includes(String(right));
    case 'sw':
      return typeof left === 'string' && left.startsWith(String(right));
    case 'ew':
      return typeof left === 'string' && left.endsWith(String(right));
    case 'gt':
      return ordering(left, right) > 0;
    case 'ge':
      return ordering(left, right) >= 0;
    case 'lt':
      return ordering(left, right) < 0;
    case 'le':
      return ordering(left, right) <= 0;
  }
}

function ordering(left: Literal, right: Literal): number {
  return typeof left === 'string' && typeof right === 'string'
    ? compareText(left, right)
    : Number(left) - Number(right);
}

/** Orders texts by code point, as UTF-8 and databases do. JavaScript's own order puts U+10000 before U+E000. */
export function compareText(left: string, right: string): number {
  const length = Math.min(left.length, right.length);
  for (let at = 0; at < length; at += 1) {
    const a = left.charCodeAt(at);
    const b = right.charCodeAt(at);
    if (a !== b) return Number(isSurrogate(a)) - Number(isSurrogate(b)) || a - b;
  }
  return left.length - right.length;
}

function isSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdfff;
}

/** The value as its type is compared: an instant as milliseconds, text in canonical form unless it is caseExact. */
export function comparable(attribute: Attribute, value: Json): Literal {
  if (typeof value === 'string') {
    if (attribute.type === 'dateTime') return instantOf(value) ?? value;
    return attribute.caseExact ? value : canonicalKey(value);
  }
  return typeof value === 'number' || typeof value === 'boolean' ? value : JSON.stringify(value);
}
