import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { sourceOf } from '#events/example';
import { releasedEvents } from '#events/released';
import { applyInOrder } from '#outbox/inbox';
import { listParked } from '#outbox/parking';
import { TENANT_HEADER } from '#rabbit/topology';
import { Clock } from '#runtime/clock';
import { newId } from '#runtime/ids';
import { createBillingDatabase } from '../../test/billing-database.ts';
import { SeatsService } from './seats.service.ts';

const folder = fileURLToPath(new URL('../../../../libs/events/released', import.meta.url));
const told = releasedEvents(folder).filter(({ type }) => sourceOf(type) === 'rollcall/directory');

let database: Awaited<ReturnType<typeof createBillingDatabase>>;
let seats: SeatsService;

beforeAll(async () => {
  database = await createBillingDatabase();
  seats = new SeatsService(database.dataSource, new Clock());
});
afterAll(() => database.drop());

describe("an event of the directory's, as a release told it", () => {
  it.each(told)('$file is applied, not parked', async ({ type, content }) => {
    const tenantId = newId();
    const event = { ...JSON.parse(content), id: newId(), tenantid: tenantId };
    const delivery = {
      content: Buffer.from(JSON.stringify(event)),
      headers: { [TENANT_HEADER]: tenantId },
      type,
      messageId: event.id,
    };
    await applyInOrder(database.dataSource, [delivery], seats.apply);
    expect(await listParked(database.dataSource.manager, 10, tenantId)).toEqual([]);
    const billable = type.startsWith('user.') && event.data.active && type !== 'user.deactivated.v1';
    expect((await seats.count(tenantId)).inUse).toBe(billable ? 1 : 0);
  });
});
