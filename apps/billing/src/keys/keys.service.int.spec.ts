import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Clock } from '#runtime/clock';
import { newId } from '#runtime/ids';
import { createBillingDatabase } from '../../test/billing-database.ts';
import { KeysService } from './keys.service.ts';

let database: Awaited<ReturnType<typeof createBillingDatabase>>;
let keys: KeysService;

beforeAll(async () => {
  database = await createBillingDatabase();
  keys = new KeysService(database.dataSource, new Clock());
});
afterAll(() => database.drop());

describe('a key', () => {
  it('opens its own tenant', async () => {
    const tenantId = newId();
    const { key } = await keys.create({ tenantId, label: 'reporting' });
    expect(key).toMatch(/^rck_/);
    expect(await keys.tenantOf(key)).toBe(tenantId);
  });

  it('is stored as its hash only', async () => {
    const tenantId = newId();
    const { keyId, key } = await keys.create({ tenantId });
    const [row] = await database.dataSource.query('SELECT * FROM api_key WHERE tenant_id = $1 AND id = $2', [
      tenantId,
      keyId,
    ]);
    expect(Object.values(row)).not.toContain(key);
    expect(row.key_hash).toMatch(/^[0-9a-f]{64}$/);
  });

  it('opens nothing after it is revoked', async () => {
    const tenantId = newId();
    const { keyId, key } = await keys.create({ tenantId });
    const { key: other } = await keys.create({ tenantId });
    await expect(keys.revoke({ tenantId: newId(), keyId })).rejects.toMatchObject({ status: 404 });
    expect(await keys.tenantOf(key)).toBe(tenantId);
    const revoked = await keys.revoke({ tenantId, keyId });
    expect(revoked).toMatchObject({ keyId, revokedAt: expect.stringMatching(/Z$/) });
    expect(await keys.revoke({ tenantId, keyId })).toEqual(revoked);
    expect(await keys.tenantOf(key)).toBeUndefined();
    expect(await keys.tenantOf(other)).toBe(tenantId);
  });

  it('is listed by id and label, and never shown', async () => {
    const tenantId = newId();
    const { keyId, key } = await keys.create({ tenantId, label: 'reporting' });
    await keys.create({ tenantId: newId() });
    const listed = await keys.list(tenantId);
    expect(listed).toEqual([{ keyId, label: 'reporting', createdAt: expect.stringMatching(/Z$/), revokedAt: null }]);
    expect(JSON.stringify(listed)).not.toContain(key.slice(30));
  });

  it('of a tenant opens no other when the tenant in it is exchanged', async () => {
    const { key } = await keys.create({ tenantId: newId() });
    const { key: foreign } = await keys.create({ tenantId: newId() });
    expect(await keys.tenantOf(foreign.slice(0, 26) + key.slice(26))).toBeUndefined();
  });

  it.each(['', 'rck_', 'nonsense', `rct_${'A'.repeat(65)}`, `rck_${'A'.repeat(65)}`])(
    '%j opens nothing',
    async (key) => {
      expect(await keys.tenantOf(key)).toBeUndefined();
    },
  );
});
