/** Remembers at most `capacity` values; the one that was not asked for the longest goes first. */
export class LruCache<V> {
  /** in the order of last use, which is the order a Map keeps its keys in */
  private readonly entries = new Map<string, V>();

  constructor(private readonly capacity: number) {}

  get(key: string): V | undefined {
    const value = this.entries.get(key);
    if (value === undefined) return undefined;
    this.entries.delete(key);
    this.entries.set(key, value);
    return value;
  }

  set(key: string, value: V) {
    this.entries.delete(key);
    this.entries.set(key, value);
    if (this.entries.size <= this.capacity) return;
    const oldest = this.entries.keys().next();
    if (!oldest.done) this.entries.delete(oldest.value);
  }

  deleteWhere(matches: (value: V) => boolean) {
    for (const [key, value] of this.entries) if (matches(value)) this.entries.delete(key);
  }

  clear() {
    this.entries.clear();
  }
}
