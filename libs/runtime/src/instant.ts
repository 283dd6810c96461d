import { ValidateBy } from 'class-validator';

/** RFC 3339, with its offset: an instant without one would be another in every office. There is no year 0 in Postgres. */
const INSTANT = /^(?!0000)\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:\d\d)$/i;

/** What to send in place of a text that is no instant, after its name. */
export const NO_INSTANT = 'must be an instant such as 2026-01-31T12:00:00Z: a day that exists, a time and an offset';

/** Undefined for what is no instant: JavaScript would take 30 February for 2 March, and hour 24 for the next day. */
export function instantOf(text: unknown): Date | undefined {
  if (typeof text !== 'string' || !INSTANT.test(text)) return undefined;
  const local = text.slice(0, 'YYYY-MM-DDThh:mm'.length).toUpperCase();
  const [time, asUtc] = [new Date(text), new Date(`${local}Z`)];
  if (Number.isNaN(time.getTime()) || !asUtc.toISOString().startsWith(local)) return undefined;
  return time;
}

/** A property that {@link instantOf} takes. */
export function IsInstant(): PropertyDecorator {
  const validate = (value: unknown) => instantOf(value) !== undefined;
  return ValidateBy({ name: 'isInstant', validator: { validate, defaultMessage: () => `$property ${NO_INSTANT}` } });
}
