import { isId } from '#runtime/ids';
import { type AttributeName, printName } from '#scim/attribute-name';
import { canonicalKey } from '#scim/canonical';
import type { CompareOperator, Literal } from '#scim/comparison';
import { instantOf } from '#scim/date-time';
import { ScimError } from '#scim/error';
import type { Compare, Filter, Present, ValueFilter } from '#scim/filter';
import type { Attribute } from '#scim/schema';
import type { Column, Columns } from './columns.ts';
import { endOfPrefix, INDEXED_CHARACTERS } from './index-key.ts';
import { folded, jsonOf, typed } from './json-sql.ts';
import type { Parameters } from './parameters.ts';

const COMPARATORS: Partial<Record<CompareOperator, string>> = { gt: '>', ge: '>=', lt: '<', le: '<=' };

/**
 * Compiles a filter to a parametrised condition; every literal and attribute name is a parameter. Null is false, as in
 * WHERE.
 *
 * @throws ScimError 400 invalidFilter for what cannot be asked of a derived attribute
 */
export function filterToSql(filter: Filter, columns: Columns, parameters: Parameters): string {
  return new Compiler(columns, parameters).condition(filter);
}

class Compiler {
  constructor(
    private readonly columns: Columns,
    private readonly parameters: Parameters,
    /** inside brackets: the SQL of the one jsonb value that names speak of */
    private readonly element?: string,
  ) {}

  condition(filter: Filter): string {
    switch (filter.kind) {
      case 'and':
        return `(${filter.operands.map((operand) => this.condition(operand)).join(' AND ')})`;
      case 'or':
        return `(${filter.operands.map((operand) => this.condition(operand)).join(' OR ')})`;
      case 'not':
        return `NOT coalesce(${this.condition(filter.operand)}, false)`;
      case 'compare':
        return filter.operator === 'ne'
          ? `NOT coalesce(${this.compare({ ...filter, operator: 'eq' })}, false)`
          : this.compare(filter);
      case 'present':
        return this.present(filter);
      case 'values':
        return this.values(filter);
    }
  }

  private compare({ name, operator, value }: Compare): string {
    const column = this.element === undefined ? this.columns.byName[printName(name)] : undefined;
    if (column && answers(column, operator, value))
      return this.compareColumn(column, name.subAttribute ?? name.attribute, operator, value);
    const attribute = name.subAttribute ?? name.attribute;
    return this.eachValue(name, (text) => this.test(typed(text, attribute), attribute, operator, value));
  }

  private compareColumn(
    { column, canonical, uuid, within, ordered, array }: Column,
    attribute: Attribute,
    operator: CompareOperator,
    value: Literal,
  ): string {
    const test = () => {
      if (uuid && operator === 'eq')
        return isId(value) && value === value.toLowerCase() ? `${column} = ${this.bind(value, 'uuid')}` : 'false';
      if (uuid) return this.testText(`${column}::text`, operator, String(value));
      const text = canonical ? canonicalKey(String(value)) : String(value);
      if (array) {
        const holders = `${array} AND ${column} @> ARRAY[${this.bind(text, 'text')}]`;
        return `${this.columns.byName.id?.column} = ANY (ARRAY(${holders}))`;
      }
      if (ordered && operator === 'sw') return this.startsWith(column, text);
      if (canonical) return this.testText(column, operator, text);
      return this.test(
        attribute.type === 'string' && !attribute.caseExact ? folded(column) : column,
        attribute,
        operator,
        value,
      );
    };
    return within ? within(test()) : test();
  }

  /** As a range, which an index in the order of code points answers. */
  private startsWith(column: string, prefix: string): string {
    const end = endOfPrefix(prefix);
    const start = `${column} >= ${this.bind(prefix, 'text')}`;
    return end === undefined ? start : `(${start} AND ${column} < ${this.bind(end, 'text')})`;
  }

  private test(expression: string, attribute: Attribute, operator: CompareOperator, value: Literal): string {
    switch (attribute.type) {
      case 'boolean':
        return `${expression} = ${this.bind(value, 'boolean')}`;
      case 'integer':
      case 'decimal':
        return `${expression} ${COMPARATORS[operator] ?? '='} ${this.bind(value, 'numeric')}`;
      case 'dateTime':
        return `${expression} ${COMPARATORS[operator] ?? '='} to_timestamp(${this.bind(instantOf(String(value)), 'float8')} / 1000)`;
      default:
        return this.testText(expression, operator, attribute.caseExact ? String(value) : canonicalKey(String(value)));
    }
  }

  private testText(expression: string, operator: CompareOperator, value: string): string {
    const literal = this.bind(value, 'text');
    switch (operator) {
      case 'co':
        return `position(${literal} IN ${expression}) > 0`;
      case 'sw':
        return `starts_with(${expression}, ${literal})`;
      case 'ew':
        return `right(${expression}, length(${literal})) = ${literal}`;
      case 'eq':
        return `${expression} = ${literal}`;
      default:
        return `${expression} COLLATE "C" ${COMPARATORS[operator]} ${literal}`;
    }
  }

  private present({ name }: Present): string {
    const column = this.element === undefined ? this.columns.byName[printName(name)] : undefined;
    if (column?.within) return column.within();
    if (column && !column.array) return `nullif(${column.column}::text, '') IS NOT NULL`;
    const { attribute, subAttribute } = name;
    if (attribute.type === 'complex' && !subAttribute) return this.presentComplex(name);
    return this.eachValue(name, (text) => `nullif(${text}, '') IS NOT NULL`);
  }

  /** Something within it is not empty. */
  private presentComplex(name: AttributeName): string {
    const rows = this.columns.byName[`${printName(name)}.value`];
    if (rows?.within) return rows.within();
    this.refuseElsewhere(name);
    const within = (json: string) => `EXISTS (SELECT 1 FROM jsonb_each_text(${json}) AS part WHERE part.value <> '')`;
    const json = jsonOf(name, this.columns, this.parameters);
    if (!name.attribute.multiValued) return within(json);
    return `EXISTS (SELECT 1 FROM jsonb_array_elements(${json}) AS element WHERE ${within('element')})`;
  }

  private values({ name, filter }: ValueFilter): string {
    const key = `${printName(name)}.value`;
    const rows = this.columns.byName[key];
    if (rows?.within) {
      const ofRow = { ...this.columns, byName: { [key]: { ...rows, within: undefined } } };
      return rows.within(new Compiler(ofRow, this.parameters).condition(filter));
    }
    this.refuseElsewhere(name);
    const inner = new Compiler(this.columns, this.parameters, 'element');
    if (!name.attribute.multiValued) {
      return `EXISTS (SELECT 1 FROM (VALUES (${jsonOf(name, this.columns, this.parameters)})) AS one (element) WHERE element IS NOT NULL AND ${inner.condition(filter)})`;
    }
    const json = jsonOf(name, this.columns, this.parameters);
    const found = `EXISTS (SELECT 1 FROM jsonb_array_elements(${json}) AS element WHERE ${inner.condition(filter)})`;
    const equal = rows?.array && equalTo(filter, key);
    return equal && answers(rows, 'eq', equal.value) ? `(${this.compare(equal)} AND ${found})` : found;
  }

  /** True when `test` holds for the attribute's value, or for one of its values. `test` gets the SQL of its text. */
  private eachValue(name: AttributeName, test: (text: string) => string): string {
    const { attribute, subAttribute } = name;
    if (this.element !== undefined) {
      return test(
        subAttribute ? `${this.element} ->> ${this.bind(subAttribute.name, 'text')}` : `${this.element} #>> '{}'`,
      );
    }
    this.refuseElsewhere(name);
    if (!attribute.multiValued) {
      const json = jsonOf(name, this.columns, this.parameters);
      return test(subAttribute ? `(${json} ->> ${this.bind(subAttribute.name, 'text')})` : `(${json} #>> '{}')`);
    }
    const value = subAttribute ? `(element ->> ${this.bind(subAttribute.name, 'text')})` : `(element #>> '{}')`;
    return `EXISTS (SELECT 1 FROM jsonb_array_elements(${jsonOf(name, this.columns, this.parameters)}) AS element WHERE ${test(value)})`;
  }

  private bind(value: unknown, type: string): string {
    return this.parameters.bind(value, type);
  }

  private refuseElsewhere(name: AttributeName) {
    const { schema, attribute } = name;
    if (schema !== undefined || !this.columns.elsewhere.includes(attribute.name)) return;
    const askable = Object.keys(this.columns.byName).filter((known) => known.startsWith(`${attribute.name}.`));
    const detail = `Resources cannot be filtered by ${printName(name)}. Of '${attribute.name}' these can be used: ${askable.join(', ')}.`;
    throw new ScimError(400, detail, 'invalidFilter');
  }
}

/** Whether the column alone can answer; what it cannot is asked of `data`. */
function answers({ cut, array }: Column, operator: CompareOperator, value: Literal): boolean {
  if (array && operator !== 'eq') return false;
  if (!cut) return true;
  return (operator === 'eq' || operator === 'sw') && canonicalKey(String(value)).length < INDEXED_CHARACTERS;
}

/** The `eq` on the attribute named `key` that a filter cannot hold without. */
function equalTo(filter: Filter, key: string): Compare | undefined {
  if (filter.kind === 'compare') return filter.operator === 'eq' && printName(filter.name) === key ? filter : undefined;
  if (filter.kind !== 'and') return undefined;
  return filter.operands.map((operand) => equalTo(operand, key)).find((found) => found !== undefined);
}
