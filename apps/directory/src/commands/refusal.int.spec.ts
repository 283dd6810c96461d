import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { firstValueFrom } from 'rxjs';
import { CAUSE, createDirectory, type Directory } from '../../test/directory.ts';
import { RefusalFilter } from './refusal.filter.ts';

let directory: Directory;
beforeAll(async () => {
  directory = await createDirectory();
});
afterAll(() => directory.close());

describe('a command whose text no database can keep', () => {
  it('is answered 400 with what to do', async () => {
    const error = await directory.tenants.create({ name: 'A\0cme' }, CAUSE).catch((reason: unknown) => reason);
    const { status, content } = await firstValueFrom(new RefusalFilter().catch(error));

    expect(status).toBe(400);
    expect(JSON.parse(content.toString()).detail).toMatch(/NUL.*Leave it out/);
  });
});
