import type { Position } from './page.ts';

const MOST = 10_000;

/** Where a page ended, and what the list was like then. */
export interface Stand {
  /** behind the page's last row */
  position: Position;
  total: number;
  /** the newest change of any resource in it, as Postgres writes it */
  newest: string | null;
}

/**
 * Where the pages that were read last ended, so that who walks a list by startIndex costs the next page and not all those
 * before it. A memory only, bounded, of this process: what is not in it, or not as it was any more, is counted off anew.
 */
export class Walks {
  private readonly stands = new Map<string, Stand>();

  constructor(private readonly most = MOST) {}

  /** `list` names tenant, type, sort and order; `startIndex` is that of the page after. */
  remember(list: string, startIndex: number, stand: Stand): void {
    const key = `${startIndex} ${list}`;
    this.stands.delete(key);
    this.stands.set(key, stand);
    const [oldest] = this.stands.keys();
    if (this.stands.size > this.most && oldest !== undefined) this.stands.delete(oldest);
  }

  /** The position that a page from `startIndex` on begins behind, if the list is still as it was. */
  find(list: string, startIndex: number, { total, newest }: Omit<Stand, 'position'>): Position | undefined {
    const stand = this.stands.get(`${startIndex} ${list}`);
    return stand && stand.total === total && stand.newest === newest ? stand.position : undefined;
  }
}
