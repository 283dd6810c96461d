/**
 * Filters (RFC 7644 §3.4.2.2): text to syntax tree, tree to text, and a tree applied to a resource in memory.
 *
 * Whoever compiles the tree to SQL needs no look-ups: every name in it is resolved and every literal has its
 * attribute's type.
 */
import { type AttributeName, printName, resolveName } from './attribute-name.ts';
import { type CompareOperator, compare, type Literal, literalFor, operatorsOf } from './comparison.ts';
import { badRequest, type ScimError, type ScimType } from './error.ts';
import { isObject, type Json, type JsonObject } from './json.ts';
import { type Token, tokenize } from './lexer.ts';
import { attributesBelow, type Resource } from './resource.ts';
import { type Attribute, findAttribute, type ResourceType } from './schema.ts';

export type Filter = And | Or | Not | Compare | Present | ValueFilter;

/** True when every operand is. Two operands or more, in the order written. */
export interface And {
  readonly kind: 'and';
  readonly operands: readonly Filter[];
}

/** True when any operand is. Two operands or more, in the order written. */
export interface Or {
  readonly kind: 'or';
  readonly operands: readonly Filter[];
}

export interface Not {
  readonly kind: 'not';
  readonly operand: Filter;
}

/**
 * Compares an attribute with a literal.
 *
 * - The compared attribute is `name.subAttribute ?? name.attribute` and is never complex: `emails co "x"` arrives
 *   here as `emails.value`.
 * - `value` has that attribute's type: boolean for boolean, number for integer and decimal, string for the others.
 *   A dateTime is a valid one, to be compared as an instant. It is never null: `x eq null` is parsed as `not (x pr)`
 *   and `x ne null` as `x pr`.
 * - A multi-valued attribute matches when any of its values does. `ne` is exactly `not (… eq …)`: it holds when the
 *   attribute is unassigned, and for a multi-valued one when no value is equal.
 * - Unless the attribute is `caseExact`, both sides are compared in canonical form (`canonicalKey`).
 */
export interface Compare {
  readonly kind: 'compare';
  readonly name: AttributeName;
  readonly operator: CompareOperator;
  readonly value: Literal;
}

/** True when the attribute has a value that is not empty: no empty string, and for a complex one something in it. */
export interface Present {
  readonly kind: 'present';
  readonly name: AttributeName;
}

/**
 * `emails[type eq "work" and value co "@x"]`: true when one single value of the complex attribute `name` matches
 * `filter`. Names inside `filter` are complete (`emails.type`), but speak of that one value. Does not nest.
 * `emails[type eq "work"].value eq "x"`, which Entra sends, is parsed as `emails[type eq "work" and value eq "x"]`.
 */
export interface ValueFilter {
  readonly kind: 'values';
  readonly name: AttributeName;
  readonly filter: Filter;
}

const MAX_LENGTH = 8192;
const MAX_DEPTH = 50;
const OPERATORS = new Set<string>(['eq', 'ne', 'co', 'sw', 'ew', 'gt', 'ge', 'lt', 'le'] satisfies CompareOperator[]);
const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:e[+-]?\d+)?$/i;

/**
 * Parses a filter (RFC 7644 §3.4.2.2, Figure 1). Operators and names are case-insensitive; precedence is not, and, or.
 *
 * @throws ScimError 400 `invalidFilter`: malformed, longer than 8,192 characters, nested deeper than 50, an unknown
 *   attribute, or a comparison that the attribute's type does not have.
 */
export function parseFilter(text: string, type: ResourceType): Filter {
  if (text.length > MAX_LENGTH) {
    throw badRequest('invalidFilter', `The filter is longer than ${MAX_LENGTH} characters. Ask for less at a time.`);
  }
  const parser = new FilterParser(tokenize(text, 'invalidFilter'), type, 'invalidFilter');
  const filter = parser.expression();
  parser.take('end');
  return filter;
}

/** The filter as text, which parses to the same tree. */
export function printFilter(filter: Filter): string {
  return print(filter, printName);
}

/** Whether a resource in canonical form matches. */
export function matches(filter: Filter, resource: Resource): boolean {
  return evaluate(filter, {
    read: ({ schema, attribute, subAttribute }) => {
      const values = valuesOf(attributesBelow(resource, schema)[attribute.name]);
      return subAttribute ? values.flatMap((value) => readSub(value, subAttribute)) : values;
    },
  });
}

/** Whether one value of a complex attribute matches the filter that stood in its brackets. */
export function matchesValue(filter: Filter, value: JsonObject): boolean {
  return evaluate(filter, { read: ({ subAttribute }) => (subAttribute ? readSub(value, subAttribute) : []) });
}

/** Reads expressions off a list of tokens. Exported for PATCH paths, which hold filters in brackets (path.ts). */
export class FilterParser {
  private at = 0;
  private depth = 0;

  constructor(
    private readonly tokens: readonly Token[],
    private readonly type: ResourceType,
    /** What a token out of place is reported as. */
    private readonly malformed: ScimType,
  ) {}

  peek(): Token {
    return this.tokens[this.at] ?? { kind: 'end', text: '', at: 0 };
  }

  take(kind: Token['kind'], what = kind === 'end' ? 'nothing more' : `'${kind}'`): Token {
    const token = this.peek();
    if (token.kind !== kind) {
      const found = token.kind === 'end' ? 'it ends' : 'there is something else';
      throw badRequest(this.malformed, `At character ${token.at} ${what} was expected and ${found}.`);
    }
    this.at += 1;
    return token;
  }

  /** `parent` is the complex attribute whose brackets we are in. */
  expression(parent?: AttributeName): Filter {
    return this.chain('or', () => this.chain('and', () => this.term(parent)));
  }

  /** `[…]` after `name`. */
  brackets(name: AttributeName): Filter {
    const { at } = this.take('[');
    if (name.attribute.type !== 'complex' || name.subAttribute) {
      throw badRequest(
        this.malformed,
        `'${printName(name)}' at character ${at} has no sub-attributes, so it cannot be followed by [...].`,
      );
    }
    return this.nested(at, () => {
      const filter = this.expression(name);
      this.take(']');
      return filter;
    });
  }

  private chain(kind: 'and' | 'or', operand: () => Filter): Filter {
    const operands = [operand()];
    while (this.takeWord(kind)) operands.push(operand());
    const [first] = operands;
    return first && operands.length === 1 ? first : { kind, operands };
  }

  private term(parent: AttributeName | undefined): Filter {
    if (this.takeWord('not')) return { kind: 'not', operand: this.group(parent) };
    return this.peek().kind === '(' ? this.group(parent) : this.attributeExpression(parent);
  }

  private group(parent: AttributeName | undefined): Filter {
    const { at } = this.take('(');
    return this.nested(at, () => {
      const filter = this.expression(parent);
      this.take(')');
      return filter;
    });
  }

  private nested<T>(at: number, parse: () => T): T {
    this.depth += 1;
    if (this.depth > MAX_DEPTH) {
      throw badRequest('invalidFilter', `The filter is nested deeper than ${MAX_DEPTH} levels at character ${at}.`);
    }
    const result = parse();
    this.depth -= 1;
    return result;
  }

  private attributeExpression(parent: AttributeName | undefined): Filter {
    const name = this.attributeName(this.take('word', 'an attribute name'), parent);
    if (this.peek().kind !== '[' || parent) return this.comparison(name);
    const filter = this.brackets(name);
    if (this.peek().kind !== 'word' || !this.peek().text.startsWith('.')) return { kind: 'values', name, filter };
    const token = this.take('word');
    const also = this.comparison(this.attributeName({ ...token, text: token.text.slice(1) }, name));
    return { kind: 'values', name, filter: { kind: 'and', operands: [filter, also] } };
  }

  private attributeName({ text, at }: Token, parent: AttributeName | undefined): AttributeName {
    const subAttribute = parent && findAttribute(parent.attribute, text);
    const name = parent ? subAttribute && { ...parent, subAttribute } : resolveName(text, this.type);
    if (!name?.attribute) {
      const owner = parent ? printName(parent) : this.type.name;
      throw badRequest('invalidFilter', `'${text}' at character ${at} is not an attribute of ${owner}.`);
    }
    if (lastOf(name).returned === 'never') {
      throw badRequest('invalidFilter', `'${printName(name)}' is never returned and cannot be searched for.`);
    }
    return name;
  }

  private comparison(name: AttributeName): Filter {
    const { text, at } = this.take('word', 'an operator such as eq');
    const operator = text.toLowerCase();
    if (operator === 'pr') return { kind: 'present', name };
    if (!isOperator(operator)) {
      throw badRequest(
        'invalidFilter',
        `There is no operator at character ${at}. Use eq, ne, co, sw, ew, gt, ge, lt, le or pr.`,
      );
    }
    const literal = this.literal();
    if (literal === null) return compareWithNull(name, operator);
    return compareWithLiteral(name, operator, literal);
  }

  private literal(): Literal | null {
    const token = this.peek();
    if (token.kind === 'string') return this.take('string').text;
    const { text, at } = this.take('word', 'a value');
    switch (text.toLowerCase()) {
      case 'true':
        return true;
      case 'false':
        return false;
      case 'null':
        return null;
      default:
        if (NUMBER.test(text) && Number.isFinite(Number(text))) return Number(text);
        throw badRequest(
          'invalidFilter',
          `The value at character ${at} is not a number, true, false or null. Put text in double quotes.`,
        );
    }
  }

  private takeWord(word: string): boolean {
    const found = this.peek().kind === 'word' && this.peek().text.toLowerCase() === word;
    if (found) this.at += 1;
    return found;
  }
}

function compareWithNull(name: AttributeName, operator: CompareOperator): Filter {
  const present: Present = { kind: 'present', name };
  if (operator === 'ne') return present;
  if (operator === 'eq') return { kind: 'not', operand: present };
  throw badRequest(
    'invalidFilter',
    `'${printName(name)}' can be compared with null by eq and ne only, not ${operator}.`,
  );
}

function compareWithLiteral(given: AttributeName, operator: CompareOperator, literal: Literal): Compare {
  const name = withImpliedValue(given);
  const attribute = lastOf(name);
  if (!operatorsOf(attribute).includes(operator)) {
    throw badRequest(
      'invalidFilter',
      `'${printName(name)}' is of type ${attribute.type}, which ${operator} cannot compare. ` +
        `Use ${operatorsOf(attribute).join(', ')} or pr.`,
    );
  }
  const value = literalFor(attribute, literal);
  if (value === undefined) throw mistypedLiteral(name, attribute, literal);
  return { kind: 'compare', name, operator, value };
}

/** `emails co "x"` means `emails.value co "x"` (RFC 7644 §3.4.2.2). */
function withImpliedValue(name: AttributeName): AttributeName {
  if (lastOf(name).type !== 'complex') return name;
  const value = findAttribute(name.attribute, 'value');
  if (value) return { ...name, subAttribute: value };
  throw badRequest('invalidFilter', `'${printName(name)}' is complex. Name the sub-attribute to compare.`);
}

function mistypedLiteral(name: AttributeName, { type }: Attribute, literal: Literal): ScimError {
  const hint = type === 'dateTime' ? ', such as "2026-01-31T00:00:00Z"' : '';
  return badRequest(
    'invalidFilter',
    `'${printName(name)}' is compared with a ${typeof literal}; send a ${type}${hint}.`,
  );
}

function lastOf({ attribute, subAttribute }: AttributeName): Attribute {
  return subAttribute ?? attribute;
}

function isOperator(text: string): text is CompareOperator {
  return OPERATORS.has(text);
}

function print(filter: Filter, nameOf: (name: AttributeName) => string): string {
  switch (filter.kind) {
    case 'and':
    case 'or':
      return filter.operands.map((operand) => printOperand(filter.kind, operand, nameOf)).join(` ${filter.kind} `);
    case 'not':
      return `not (${print(filter.operand, nameOf)})`;
    case 'compare':
      return `${nameOf(filter.name)} ${filter.operator} ${JSON.stringify(filter.value)}`;
    case 'present':
      return `${nameOf(filter.name)} pr`;
    case 'values':
      return `${nameOf(filter.name)}[${print(filter.filter, ({ subAttribute }) => subAttribute?.name ?? '')}]`;
  }
}

function printOperand(within: 'and' | 'or', operand: Filter, nameOf: (name: AttributeName) => string): string {
  const text = print(operand, nameOf);
  const bindsTighter = (operand.kind !== 'or' && operand.kind !== 'and') || (within === 'or' && operand.kind === 'and');
  return bindsTighter ? text : `(${text})`;
}

interface Reader {
  read(name: AttributeName): Json[];
}

function evaluate(filter: Filter, reader: Reader): boolean {
  switch (filter.kind) {
    case 'and':
      return filter.operands.every((operand) => evaluate(operand, reader));
    case 'or':
      return filter.operands.some((operand) => evaluate(operand, reader));
    case 'not':
      return !evaluate(filter.operand, reader);
    case 'present':
      return reader.read(filter.name).some(isPresent);
    case 'values':
      return reader.read(filter.name).some((value) => isObject(value) && matchesValue(filter.filter, value));
    case 'compare':
      return compareAny(filter, reader.read(filter.name));
  }
}

function compareAny({ name, operator, value }: Compare, actual: Json[]): boolean {
  if (operator === 'ne') return !actual.some((item) => compare(lastOf(name), 'eq', item, value));
  return actual.some((item) => compare(lastOf(name), operator, item, value));
}

function isPresent(value: Json | undefined): boolean {
  if (value === undefined || value === null || value === '') return false;
  if (Array.isArray(value)) return value.some(isPresent);
  return typeof value !== 'object' || Object.values(value).some(isPresent);
}

function readSub(value: Json, { name }: Attribute): Json[] {
  return isObject(value) ? valuesOf(value[name]) : [];
}

function valuesOf(value: Json | undefined): Json[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value];
}
