import type { Clock } from '#runtime/clock';
import { LruCache } from '#runtime/lru-cache';

const WINDOW_MS = 60_000;

/** Connections that are counted at once; a gateway with more lets some begin anew. */
const CAPACITY = 10_000;

/**
 * How many refused credentials of one connection are recorded in a minute: whoever knows a tenant's id can make them, and
 * must not push the tenant's own requests out of the log. Counted by each gateway for itself.
 */
export class RefusalLimit {
  private readonly windows = new LruCache<{ began: number; count: number }>(CAPACITY);

  constructor(
    private readonly clock: Pick<Clock, 'now'>,
    private readonly perMinute = 60,
  ) {}

  /** True as long as there is room for one more, which it takes. */
  takes(connectionId: string): boolean {
    const now = this.clock.now().getTime();
    const known = this.windows.get(connectionId);
    const window = known && now - known.began < WINDOW_MS ? known : { began: now, count: 0 };
    this.windows.set(connectionId, window);
    window.count += 1;
    return window.count <= this.perMinute;
  }
}
