import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { FakedProvider } from '../test/faked-provider.ts';
import { eventually } from './eventually.ts';
import type { MakeLocalGroup } from './local-group.ts';
import { type StoryOptions, type StoryResult, tellStory } from './story.ts';

describe('tellStory', () => {
  let provider: FakedProvider;
  let lines: string[];

  const makeLocalGroup: MakeLocalGroup = async (displayName, members) => {
    const values = members.map(({ login }) => ({ value: provider.addUser({ userName: login }).id, display: login }));
    provider.addGroup({ displayName, members: values, local: values });
  };

  function tell(options: Partial<StoryOptions> = {}): Promise<StoryResult> {
    return tellStory({
      connection: {
        scimBaseUrl: provider.baseUrl,
        username: 'acme',
        token: 's3cret',
        billingUrl: provider.origin,
        tenantId: 'acme',
        billingKey: 'key',
      },
      write: (line) => lines.push(line.trim()),
      groupSize: 40,
      patience: { everyMs: 1, deadlineMs: 0 },
      ...options,
    });
  }

  beforeEach(async () => {
    provider = new FakedProvider();
    provider.authorization = `Basic ${Buffer.from('acme:s3cret').toString('base64')}`;
    lines = [];
    await provider.start();
  });

  afterEach(() => provider.stop());

  it('gives the seats each step should give, and can be told twice', async () => {
    const seats = () => lines.filter((line) => line.startsWith('seats in use:')).map((line) => Number(line.slice(14)));
    expect(await tell({ makeLocalGroup, run: 'one' })).toEqual({ steps: 12, failed: [], leftOut: [] });
    expect(seats()).toEqual([0, 0, 1, 1, 0, 1, 41, 41, 41, 43, 43, 23]);
    expect(lines.at(-1)).toBe('all 12 steps gave what they should');
    lines = [];
    expect((await tell({ makeLocalGroup, run: 'two' })).failed).toEqual([]);
    expect(lines[0]).toBe('seats in use at the start: 23');
  });

  it('leaves a step out, aloud, when no local group can be made', async () => {
    const { failed, leftOut } = await tell({ noLocalGroup: 'no CLI' });
    expect([failed, leftOut.length]).toEqual([[], 1]);
    expect(lines).toContain('left out: no CLI');
    expect(lines.at(-1)).toBe('all 11 steps gave what they should, 1 left out');
  });

  it('says which step went wrong', async () => {
    provider.authorization = undefined;
    const { failed } = await tell();
    expect(failed).toEqual(['wrong credentials say no']);
    expect(lines).toContain('WRONG: the request was answered with success');
  });

  it('notices seats that are not billed', async () => {
    provider.seats = () => 5;
    const { failed } = await tell();
    expect(failed).toContain('a person is created');
    expect(lines).toContain('WRONG: 6 seats should be in use');
  });
});

describe('eventually', () => {
  it('reads until it holds, passing over failed reads', async () => {
    let reads = 0;
    const read = async () => {
      if (++reads === 1) throw new Error('not yet');
      return reads;
    };
    expect(await eventually(read, (value) => value === 3, { sleep: async () => undefined })).toBe(3);
  });

  it('gives the last value at the deadline', async () => {
    let time = 0;
    const sleep = async (ms: number) => {
      time += ms;
    };
    expect(
      await eventually(
        async () => time,
        () => false,
        { sleep, now: () => time },
      ),
    ).toBe(10_000);
  });
});
