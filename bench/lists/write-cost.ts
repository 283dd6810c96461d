import { CommandContext } from '#rabbit/server';
import { newId } from '#runtime/ids';
import { USER_URN } from '#scim/user';
import { median } from '../measure/percentile.ts';
import { createDirectory, type Directory, type Server } from './directory.ts';

const AT_ONCE = 8;
const ROUNDS = 7;

/** What is taken away, to see what it costs. */
const WITHOUT = {
  'without the list indexes':
    'DROP INDEX users_display_name, users_emails, users_active, users_updated, users_external_id, users_living',
  'without the totals': 'DROP TRIGGER count_inserted ON users',
};

export interface WriteCost {
  title: string;
  /** creates a second, median over the rounds */
  perSecond: number;
  /** of the directory as it is, to this; median over neighbouring rounds, and the range */
  ratio: number;
  lowest: number;
  highest: number;
}

/** Creates with the directory as it is and with less, in turns. */
export async function writeCosts(server: Server, seconds: number): Promise<WriteCost[]> {
  const whole = await createDirectory(server, 'whole');
  const costs: WriteCost[] = [];
  for (const [title, statement] of Object.entries(WITHOUT)) {
    const less = await createDirectory(server, `less_${costs.length}`);
    await less.dataSource.query(statement);
    await Promise.all([whole, less].map((directory) => createsPerSecond(directory, seconds)));
    const rounds: [number, number][] = [];
    for (let n = 0; n < ROUNDS; n += 1) {
      rounds.push([await createsPerSecond(whole, seconds), await createsPerSecond(less, seconds)]);
    }
    const ratios = rounds.map(([asItIs, without]) => asItIs / without);
    costs.push({
      title,
      perSecond: median(rounds.map(([, without]) => without)),
      ratio: median(ratios),
      lowest: Math.min(...ratios),
      highest: Math.max(...ratios),
    });
    await less.close();
  }
  await whole.close();
  return costs;
}

async function createsPerSecond({ users, base }: Directory, seconds: number): Promise<number> {
  const start = performance.now();
  const end = start + seconds * 1000;
  let made = 0;
  const client = async () => {
    while (performance.now() < end) {
      const id = newId();
      const userName = `${id}@example.com`;
      const resource = {
        schemas: [USER_URN],
        userName,
        externalId: id,
        displayName: `Person ${id}`,
        name: { givenName: 'Person', familyName: id },
        emails: [{ value: userName, type: 'work', primary: true }],
        active: true,
      };
      await users.create({ ...base, resource }, new CommandContext(newId(), false));
      made += 1;
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, client));
  return made / ((performance.now() - start) / 1000);
}
