/** What may be printed: the values of JSON. */
export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

/** Needs no quotes: nothing that YAML 1.1 or 1.2 reads as something other than this text. */
const PLAIN = /^[A-Za-z][A-Za-z0-9_./-]*(?: [A-Za-z0-9_./(][A-Za-z0-9_./(),;-]*)*$/;
const RESERVED = /^(?:true|false|null|yes|no|on|off|y|n)$/i;

/** The value as YAML in block style, always the same for the same value. Quoted text is a JSON string, which YAML reads too. */
export function yaml(value: Json, indent = ''): string {
  if (Array.isArray(value))
    return value.map((item) => `${indent}- ${nested(item, `${indent}  `).trimStart()}`).join('');
  if (typeof value !== 'object' || value === null) return `${indent}${scalar(value)}\n`;
  return Object.entries(value)
    .map(
      ([key, item]) =>
        `${indent}${scalar(key)}:${isBlock(item) ? '\n' : ' '}${nested(item, `${indent}  `, isBlock(item))}`,
    )
    .join('');
}

function nested(value: Json, indent: string, block = isBlock(value)): string {
  if (block) return yaml(value, indent);
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? '[]\n' : '{}\n';
  return `${scalar(value)}\n`;
}

function isBlock(value: Json): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length > 0;
}

function scalar(value: string | number | boolean | null): string {
  if (typeof value !== 'string') return JSON.stringify(value);
  return PLAIN.test(value) && !RESERVED.test(value) ? value : JSON.stringify(value);
}
