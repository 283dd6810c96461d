import { isDeepStrictEqual } from 'node:util';

/**
 * What an answer must be: a plain JSON value, in which an object names the members that matter, a list has exactly
 * these elements in this order, and some texts and objects mean more.
 *
 * - `'<absent>'`, `'<present>'`, `'<integer>'`, `'<boolean>'`, `'<text>'`, `'<dateTime>'`, `'<uuid>'`
 * - `'<not X>'`: anything but the text X
 * - `'<like R>'`: a text that the regular expression R matches
 * - `{ '<has>': [...] }`: a list in which each of these is matched by some element
 * - `{ '<same>': [...] }`: a list of exactly these, in any order
 * - `{ '<only>': {...} }`: an object with these members and no other
 * - `{ '<count>': n }`: a list of n
 */
export type Pattern = unknown;

const KINDS: Readonly<Record<string, (value: unknown) => boolean>> = {
  '<absent>': (value) => value === undefined,
  '<present>': (value) => value !== undefined && value !== null && value !== '',
  '<integer>': (value) => Number.isInteger(value),
  '<boolean>': (value) => typeof value === 'boolean',
  '<text>': (value) => typeof value === 'string' && value.length > 0,
  '<dateTime>': (value) => typeof value === 'string' && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(value),
  '<uuid>': (value) => typeof value === 'string' && /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/.test(value),
};

/** Where and how the value departs from the pattern; undefined when it does not. */
export function mismatch(pattern: Pattern, value: unknown, at = 'body'): string | undefined {
  if (typeof pattern === 'string' && pattern.startsWith('<')) return textMismatch(pattern, value, at);
  if (Array.isArray(pattern)) return listMismatch(pattern, value, at);
  if (typeof pattern === 'object' && pattern !== null) return objectMismatch(pattern, value, at);
  return isDeepStrictEqual(pattern, value) ? undefined : wrong(at, pattern, value);
}

function textMismatch(pattern: string, value: unknown, at: string): string | undefined {
  const [, word, argument] = /^<(not|like) (.*)>$/s.exec(pattern) ?? [];
  if (word === 'not') return value === argument ? wrong(at, pattern, value) : undefined;
  const holds = word === 'like' ? isLike(argument ?? '', value) : KINDS[pattern]?.(value);
  if (holds === undefined) throw new Error(`${pattern} is no pattern`);
  return holds ? undefined : wrong(at, pattern, value);
}

function isLike(expression: string, value: unknown): boolean {
  return typeof value === 'string' && new RegExp(expression).test(value);
}

function listMismatch(pattern: readonly unknown[], value: unknown, at: string): string | undefined {
  if (!Array.isArray(value) || value.length !== pattern.length) return wrong(at, pattern, value);
  for (const [index, item] of pattern.entries()) {
    const found = mismatch(item, value[index], `${at}[${index}]`);
    if (found) return found;
  }
  return undefined;
}

function objectMismatch(pattern: object, value: unknown, at: string): string | undefined {
  const [[word, argument] = []] = Object.entries(pattern);
  const list = Array.isArray(value) ? value : undefined;
  switch (word) {
    case '<count>':
      return list?.length === argument ? undefined : wrong(at, pattern, value);
    case '<has>':
      return list && hasEach(argument, list) ? undefined : wrong(at, pattern, value);
    case '<same>':
      return list?.length === argument.length && hasEach(argument, list ?? []) ? undefined : wrong(at, pattern, value);
    case '<only>': {
      const more = Object.keys(value ?? {}).filter((key) => !Object.hasOwn(argument, key));
      return more.length > 0 ? wrong(at, pattern, value) : mismatch(argument, value, at);
    }
  }
  if (typeof value !== 'object' || value === null || list) return wrong(at, pattern, value);
  for (const [name, expected] of Object.entries(pattern)) {
    const found = mismatch(expected, (value as Record<string, unknown>)[name], `${at}.${name}`);
    if (found) return found;
  }
  return undefined;
}

function hasEach(patterns: readonly unknown[], list: readonly unknown[]): boolean {
  return patterns.every((pattern) => list.some((item) => mismatch(pattern, item) === undefined));
}

function wrong(at: string, expected: unknown, got: unknown): string {
  return `${at}: expected ${short(expected)}, got ${short(got)}`;
}

function short(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 400 ? `${text.slice(0, 400)}…` : text;
}
