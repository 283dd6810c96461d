import {
  BILLABLE,
  type BillableUser,
  type FindBillability,
  type FindStale,
  type ListBillable,
  type StaleUsers,
  type UserBillability,
} from '#directory-api/billable';
import { Unavailable } from '#rabbit/answer';
import type { RabbitClient } from '#rabbit/client';

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

  /** @throws Unavailable when the directory does not answer, or not what was asked for */
  private async ask<A>(pattern: string, payload: object): Promise<A> {
    const answer = await this.client.ask(pattern, payload);
    if (answer.status !== 200) throw new Unavailable(`the directory answered ${answer.status}: ${answer.content}`);
    return answer.json<A>();
  }
}
