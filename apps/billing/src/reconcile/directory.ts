import {
  BILLABLE,
  type BillableUser,
  type FindBillability,
  type FindStale,
  type ListBillable,
  type StaleUsers,
  type UserBillability,
} from '#directory-api/billable';
import { SNAPSHOTS, type SnapshotsTold, type TellSnapshots } from '#directory-api/snapshots';
import { Unavailable } from '#rabbit/answer';
import type { RabbitClient } from '#rabbit/client';

/** The directory is there, and cannot answer for this tenant. */
export class DirectoryFailed extends Unavailable {}

/** What billing asks the directory: to compare, and never to count by. */
export class Directory {
  constructor(private readonly client: Pick<RabbitClient, 'ask'>) {}

  billable(page: ListBillable): Promise<BillableUser[]> {
    return this.ask(BILLABLE.list, page);
  }

  states(people: FindBillability): Promise<UserBillability[]> {
    return this.ask(BILLABLE.states, people);
  }

  stale(page: FindStale): Promise<StaleUsers> {
    return this.ask(BILLABLE.stale, page);
  }

  /** Has it tell every group of a tenant as it is: the events set right who is in which, as far as the groups are still there. */
  async tellGroups(tenantId: string): Promise<void> {
    let after: string | null | undefined;
    do {
      const asked: TellSnapshots = { tenantId, kind: 'groups', always: true, ...(after && { after }) };
      after = (await this.ask<SnapshotsTold>(SNAPSHOTS.tell, asked)).next;
    } while (after);
  }

  /** @throws Unavailable when the directory does not answer; DirectoryFailed when it does, and not what was asked for */
  private async ask<A>(pattern: string, payload: object): Promise<A> {
    const answer = await this.client.ask(pattern, payload);
    if (answer.status !== 200) throw new DirectoryFailed(`the directory answered ${answer.status}: ${answer.content}`);
    return answer.json<A>();
  }
}
