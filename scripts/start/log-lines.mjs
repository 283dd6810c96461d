const levels = new Map([
  [10, 'trace'],
  [20, 'debug'],
  [30, 'info'],
  [40, 'warn'],
  [50, 'error'],
  [60, 'fatal'],
]);

/**
 * One JSON log line of a service for people to read; anything else is passed on behind the service's name.
 *
 * @param {string} name as wide as the others'
 * @param {string} line
 */
export function readableLine(name, line) {
  const entry = parse(line);
  if (entry === undefined) return `${clock(new Date())} ${name} ${line}`;
  const { time, level, msg = '', name: _, pid, hostname, v, err, ...rest } = entry;
  const word = (levels.get(level) ?? String(level ?? '')).padEnd(5);
  const pairs = Object.entries(rest).map(([key, value]) => `${key}=${readableValue(value)}`);
  if (err !== undefined) pairs.push(`err=${readableValue(err?.message ?? err)}`);
  return `${clock(new Date(time ?? Date.now()))} ${name} ${word} ${msg}${pairs.length > 0 ? `  ${pairs.join(' ')}` : ''}`;
}

/** A log line that tells of nothing wrong. @param {string} line */
export function isRoutine(line) {
  const level = parse(line)?.level;
  return ['trace', 'debug', 'info'].includes(levels.get(level) ?? level);
}

/** @param {string} line */
function parse(line) {
  if (!line.startsWith('{')) return undefined;
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

/** @param {unknown} value */
function readableValue(value) {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return /^[^\s"=]+$/.test(text) || typeof value !== 'string' ? text : JSON.stringify(text);
}

/** @param {Date} date */
function clock(date) {
  if (Number.isNaN(date.getTime())) return '--:--:--.---';
  const [hours, minutes, secs] = [date.getHours(), date.getMinutes(), date.getSeconds()].map((n) =>
    String(n).padStart(2, '0'),
  );
  return `${hours}:${minutes}:${secs}.${String(date.getMilliseconds()).padStart(3, '0')}`;
}
