import { id, text, whole } from './options.ts';
import { plain } from './text.ts';

const PAGE = 100;

/** Options of a list that is read in pages, by name. */
export const pageOptions = {
  after: text('NAME', 'go on after this name'),
  limit: whole(1_000, `how many at most (${PAGE} if not given)`),
};

/** The same by id. */
export const pageByIdOptions = { ...pageOptions, after: id('ID', 'go on after this id') };

export function pageOf({ after, limit }: { after: string | undefined; limit: number | undefined }) {
  return { ...(after && { after }), limit: limit ?? PAGE };
}

/** The last line under a full page: how to see what follows. */
export function more(names: readonly string[], limit = PAGE): string {
  const last = names.at(-1);
  return last === undefined || names.length < limit ? '' : `\nMore may follow: --after '${plain(last)}'`;
}

/** Who manages a user or group. */
export function manager({ managedBy }: { managedBy: string | null }): string {
  return managedBy ?? 'local';
}
