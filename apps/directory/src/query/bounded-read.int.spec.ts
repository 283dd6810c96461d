import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { createDirectory, type Directory } from '../../test/directory.ts';
import { boundedRead } from './bounded-read.ts';

let directory: Directory;
beforeAll(async () => {
  directory = await createDirectory();
});
afterAll(() => directory.close());

it('a read that takes too long is stopped and told so, and the connection is as it was', async () => {
  const slow = boundedRead(directory.dataSource, (tx) => tx.query('SELECT pg_sleep(30)'), 20);
  await expect(slow).rejects.toMatchObject({ status: 400, scimType: 'tooMany' });
  await expect(directory.dataSource.query('SHOW statement_timeout')).resolves.toEqual([{ statement_timeout: '0' }]);
});
