/**
 * Rows page by page, each read when the one before has been taken, so that a slow reader costs no memory.
 *
 * @param read gives the rows that follow the last one of the page before, `size` of them unless there are no more
 */
export async function* pages<Row>(size: number, read: (last?: Row) => Promise<Row[]>): AsyncGenerator<Row[], void> {
  let rows: Row[] | undefined;
  do {
    rows = await read(rows?.at(-1));
    yield rows;
  } while (rows.length === size);
}
