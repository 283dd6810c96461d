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
