const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;
const SPACE = /[ \t\n\r]*/y;

/**
 * Where a text stops being JSON (RFC 8259), as an offset in UTF-16 units. JSON.parse does not always say, and its
 * messages quote the body, which may hold a password; so this runs, on the error path only, to find the place.
 * The caller has bounded the depth.
 */
export function syntaxErrorOffset(text: string): number {
  let at = 0;
  return value() && space() === text.length ? text.length : at;

  function space(): number {
    SPACE.lastIndex = at;
    SPACE.test(text);
    at = SPACE.lastIndex;
    return at;
  }

  function take(expected: string): boolean {
    for (const character of expected) {
      if (text[at] !== character) return false;
      at += 1;
    }
    return true;
  }

  function match(pattern: RegExp): boolean {
    pattern.lastIndex = at;
    const found = pattern.test(text);
    if (found) at = pattern.lastIndex;
    return found;
  }

  function value(): boolean {
    space();
    switch (text[at]) {
      case '{':
        return sequence('}', () => string() && space() >= 0 && take(':') && value());
      case '[':
        return sequence(']', value);
      case '"':
        return string();
      case 't':
        return take('true');
      case 'f':
        return take('false');
      case 'n':
        return take('null');
      default:
        return match(NUMBER);
    }
  }

  function sequence(close: string, item: () => boolean): boolean {
    at += 1;
    space();
    if (text[at] === close) return take(close);
    for (;;) {
      space();
      if (!item()) return false;
      space();
      if (text[at] === close) return take(close);
      if (!take(',')) return false;
    }
  }

  function string(): boolean {
    if (!take('"')) return false;
    while (at < text.length) {
      const code = text.charCodeAt(at);
      if (code === 0x22) return take('"');
      if (code < 0x20) return false;
      if (code === 0x5c) {
        if (!match(ESCAPE)) return false;
      } else at += 1;
    }
    return false;
  }
}

export const QUOTE = 0x22;

/** The offset of the quote that ends the string which starts at `start`; the text's length when none does. */
export function endOfString(text: string, start: number): number {
  for (let at = text.indexOf('"', start + 1); at >= 0; at = text.indexOf('"', at + 1)) {
    let before = at - 1;
    while (text.charCodeAt(before) === 0x5c) before -= 1;
    if ((at - before) % 2 === 1) return at;
  }
  return text.length;
}

/** Where a key stands that its object already has. Runs on the error path only; the text is JSON and not deep. */
export function repeatedKeyOffset(text: string): number {
  const open: Set<string>[] = [];
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at];
    // A list holds no keys, but takes its place, so that its end does not close the object around it.
    if (character === '{' || character === '[') open.push(new Set());
    else if (character === '}' || character === ']') open.pop();
    else if (character === '"') {
      const end = endOfString(text, at);
      SPACE.lastIndex = end + 1;
      SPACE.test(text);
      if (text[SPACE.lastIndex] === ':') {
        const key = JSON.parse(text.slice(at, end + 1)) as string;
        if (open.at(-1)?.has(key)) return at;
        open.at(-1)?.add(key);
      }
      at = end;
    }
  }
  return 0;
}
