/** What is gone through, in arrays of so many at most. */
export function* inParts<T>(all: Iterable<T>, size: number): Generator<T[], void> {
  let part: T[] = [];
  for (const each of all) {
    part.push(each);
    if (part.length < size) continue;
    yield part;
    part = [];
  }
  if (part.length > 0) yield part;
}
