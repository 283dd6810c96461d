import { type AttributeName, type ExtensionName, printName, resolveName } from './attribute-name.ts';
import { badRequest } from './error.ts';
import { type Filter, FilterParser, printFilter } from './filter.ts';
import { tokenize } from './lexer.ts';
import { type Attribute, findAttribute, type ResourceType } from './schema.ts';

/**
 * The target of a PATCH operation (RFC 7644 §3.5.2, Figure 7): an extension as a whole, or an attribute, narrowed to
 * the values that `filter` matches and to one sub-attribute of it.
 */
export type AttributePath = ExtensionName | ValuePath;

export interface ValuePath extends AttributeName {
  readonly filter?: Filter;
}

/** A path is longer than a query's filter may be: it can list the members to remove. */
const MAX_LENGTH = 65_536;

/**
 * Parses `attr`, `attr.sub`, `attr[filter]`, `attr[filter].sub`, any of them after a schema's URN, or the bare URN of
 * an extension.
 *
 * @throws ScimError 400 `invalidPath`: malformed, or no such attribute.
 * @throws ScimError 400 `invalidFilter`: the filter in the brackets names or compares what it cannot (RFC 7644 Table 9).
 */
export function parsePath(text: string, type: ResourceType): AttributePath {
  if (text.length > MAX_LENGTH) throw badRequest('invalidPath', `The path is longer than ${MAX_LENGTH} characters.`);
  const parser = new FilterParser(tokenize(text, 'invalidPath'), type, 'invalidPath');
  const word = parser.take('word', 'an attribute name');
  const name = resolveName(word.text, type);
  if (!name) throw badRequest('invalidPath', `The path names '${word.text}', which ${type.name} does not have.`);
  if (name.attribute === undefined || parser.peek().kind === 'end') {
    parser.take('end');
    return name;
  }
  if (parser.peek().kind === '[' && !name.attribute.multiValued) {
    throw badRequest('invalidPath', `'${printName(name)}' has one value, so its path takes no [...].`);
  }
  const filter = parser.brackets(name);
  if (parser.peek().kind === 'end') return { ...name, filter };
  const subAttribute = subAttributeOf(name, parser.take('word', 'the end or a sub-attribute').text);
  parser.take('end');
  return { ...name, filter, subAttribute };
}

/** The canonical text, for messages and tests. */
export function printPath(path: AttributePath): string {
  if (path.attribute === undefined) return path.schema;
  const { filter, subAttribute, ...name } = path;
  if (!filter) return printName(path);
  const values = printFilter({ kind: 'values', name, filter });
  return subAttribute ? `${values}.${subAttribute.name}` : values;
}

function subAttributeOf(name: AttributeName, text: string): Attribute {
  const found = text.startsWith('.') ? findAttribute(name.attribute, text.slice(1)) : undefined;
  if (!found)
    throw badRequest('invalidPath', `The path names '${text}' of '${printName(name)}', which does not exist.`);
  return found;
}
