import { describe, expect, it } from '@jest/globals';
import { readOptions } from './options.ts';

const names = (args: string[]) => readOptions(args).cases.map(({ name }) => name);

describe('readOptions', () => {
  it('measures everything at 1, 8 and 32 connections unless told', () => {
    expect(readOptions([])).toMatchObject({ rounds: 5, seconds: 3, connections: [1, 8, 32], json: undefined });
    expect(names([])).toEqual(['create', 'get', 'lookup', 'deactivate', 'group-1', 'group-100']);
  });

  it('takes what is told, and over --quick too', () => {
    const options = readOptions(['--quick', '--seconds', '0.5', '--connections', '4, 16', '--json', 'out.json']);
    expect(options).toMatchObject({ rounds: 3, seconds: 0.5, connections: [4, 16], json: 'out.json' });
  });

  it('measures chosen cases in the order of all', () => {
    expect(names(['--cases', 'get,create'])).toEqual(['create', 'get']);
  });

  it.each([
    [['--cases', 'fly'], /no case fly: choose from create/],
    [['--connections', '1,0'], /--connections takes whole numbers/],
    [['--rounds', 'many'], /--rounds takes whole numbers/],
    [['--seconds', '-1'], /--seconds/],
    [['--fast'], /--fast/],
    [['extra'], /extra/],
  ])('refuses %j', (args, message) => {
    expect(() => readOptions(args)).toThrow(message);
  });
});
