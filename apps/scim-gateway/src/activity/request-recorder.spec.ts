import { afterEach, describe, expect, it, jest } from '@jest/globals';
import type { OutgoingEvent } from '#rabbit/publisher';
import { logger } from '#runtime/logger';
import { eventually } from '../../../../test/harness/eventually.ts';
import { type RecorderOptions, RequestRecorder } from './request-recorder.ts';

const record = (id: number): OutgoingEvent => ({ id: String(id), type: 'x', content: '{}', headers: {} });

/** A recorder on a broker that the test makes answer. */
function setUp(options: Partial<RecorderOptions> = {}) {
  const batches: string[][] = [];
  const broker = {
    answer: async (events: OutgoingEvent[]): Promise<(Error | undefined)[]> => events.map(() => undefined),
  };
  const publish = (events: OutgoingEvent[]) => {
    batches.push(events.map(({ id }) => id));
    return broker.answer(events);
  };
  const recorder = new RequestRecorder(
    { publish },
    {
      paceMs: 0,
      backoffMs: { first: 1, most: 2 },
      warnEveryMs: 0,
      ...options,
    },
  );
  return { recorder, broker, batches };
}

/** The recorder of a broker that takes a batch and never answers. */
function stuck(options: Partial<RecorderOptions>) {
  const set = setUp(options);
  set.broker.answer = () => new Promise(() => {});
  return set;
}

afterEach(() => {
  jest.restoreAllMocks();
});

describe('RequestRecorder', () => {
  it('sends what comes together together, in order', async () => {
    const { recorder, batches } = setUp();
    for (const id of [1, 2, 3]) recorder.record(record(id));
    await recorder.stop(1_000);
    expect(batches).toEqual([['1', '2', '3']]);
  });

  it('sends again what was not taken, and nothing else', async () => {
    const { recorder, broker, batches } = setUp();
    broker.answer = async ([, ...rest]) => {
      broker.answer = async (events) => events.map(() => undefined);
      return [new Error('not taken'), ...rest.map(() => undefined)];
    };
    recorder.record(record(1));
    recorder.record(record(2));
    await eventually(() => expect(recorder.pending).toBe(0));
    expect(batches).toEqual([['1', '2'], ['1']]);
  });

  it('keeps at most its capacity, drops the oldest and counts them', async () => {
    const warn = jest.spyOn(logger, 'warn').mockImplementation(() => {});
    const { recorder, broker, batches } = setUp({ capacity: 3, warnEveryMs: 1e9 });
    broker.answer = () => Promise.reject(new Error('away'));
    for (let id = 1; id <= 10; id++) recorder.record(record(id));
    expect(recorder.pending).toBe(3);
    await eventually(() => expect(batches.length).toBeGreaterThan(1));
    broker.answer = async (events) => events.map(() => undefined);
    await recorder.stop(1_000);
    expect(batches.at(-1)).toEqual(['8', '9', '10']);
    const counted = warn.mock.calls.map(([line]) => (line as unknown as { dropped: number }).dropped);
    expect(counted.reduce((sum, dropped) => sum + dropped, 0)).toBe(7);
  });

  it('keeps within its capacity while a slow broker holds a batch', async () => {
    jest.spyOn(logger, 'warn').mockImplementation(() => {});
    const { recorder, batches } = stuck({ capacity: 4, batch: 2 });
    for (let id = 1; id <= 4; id++) recorder.record(record(id));
    await eventually(() => expect(batches).toHaveLength(1));
    for (let id = 5; id <= 1_000; id++) recorder.record(record(id));
    expect(recorder.pending).toBe(4);
    await recorder.stop(1);
  });

  it('gives up when it stops and the broker does not answer, and says how many are lost', async () => {
    const warn = jest.spyOn(logger, 'warn').mockImplementation(() => {});
    const { recorder } = stuck({});
    recorder.record(record(1));
    await recorder.stop(20);
    expect(warn).toHaveBeenCalledWith({ dropped: 1 }, expect.any(String));
  });
});
