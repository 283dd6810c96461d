import { badRequest, type ScimType } from './error.ts';
import { unusableText } from './json.ts';

/** `text` of a string is its value without quotes and escapes. `at` counts characters from 1, for messages. */
export interface Token {
  readonly kind: 'word' | 'string' | '(' | ')' | '[' | ']' | 'end';
  readonly text: string;
  readonly at: number;
}

const BRACKETS = new Set(['(', ')', '[', ']']);
const WORD_ENDS = new Set([' ', '\t', '\n', '\r', '"', ...BRACKETS]);

/**
 * Cuts a filter or a PATCH path into tokens, in one pass. Names, operators, numbers, true, false and null are words;
 * what a word means depends on where it stands, so the parser decides.
 *
 * @throws ScimError 400 `scimType`: a string that does not end or holds what no attribute can.
 */
export function tokenize(text: string, scimType: ScimType): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < text.length) {
    const character = text.charAt(at);
    const start = at;
    if (character === '"') {
      at = endOfString(text, at);
      tokens.push({ kind: 'string', text: stringValue(text.slice(start, at), start + 1, scimType), at: start + 1 });
    } else if (BRACKETS.has(character)) {
      at += 1;
      tokens.push({ kind: character as Token['kind'], text: character, at });
    } else if (WORD_ENDS.has(character)) {
      at += 1;
    } else {
      while (at < text.length && !WORD_ENDS.has(text.charAt(at))) at += 1;
      tokens.push({ kind: 'word', text: text.slice(start, at), at: start + 1 });
    }
  }
  tokens.push({ kind: 'end', text: '', at: text.length + 1 });
  return tokens;
}

function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at += 1) {
    if (text[at] === '\\') at += 1;
    else if (text[at] === '"') return at + 1;
  }
  return text.length;
}

function stringValue(literal: string, at: number, scimType: ScimType): string {
  let value: string;
  try {
    value = JSON.parse(literal) as string;
  } catch {
    throw badRequest(
      scimType,
      `The text at character ${at} is not a JSON string. Close it with a double quote and escape " and \\ inside it.`,
    );
  }
  const fault = unusableText(value);
  if (fault) throw badRequest(scimType, `The text at character ${at} holds ${fault}. Remove it.`);
  return value;
}
