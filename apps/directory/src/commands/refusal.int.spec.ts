import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { firstValueFrom } from 'rxjs';
import { newId } from '#runtime/ids';
import { createDirectory, type Directory } from '../../test/directory.ts';
import { TenantsService } from '../tenants/tenants.service.ts';
import { RefusalFilter } from './refusal.filter.ts';

let directory: Directory;
beforeAll(async () => {
  directory = await createDirectory();
});
afterAll(() => directory.close());

describe('a command whose text no database can keep', () => {
  it('is answered 400 with what to do', async () => {
    const tenants = new TenantsService(directory.dataSource, directory.clock);
    const cause = { commandId: newId(), requestId: 'spec', actor: 'operator' };
    const error = await tenants.create({ name: 'A\0cme' }, cause).catch((reason: unknown) => reason);
    const { status, content } = await firstValueFrom(new RefusalFilter().catch(error));

    expect(status).toBe(400);
    expect(JSON.parse(content.toString()).detail).toMatch(/NUL.*Leave it out/);
  });
});
