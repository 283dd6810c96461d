import { describe, expect, it } from '@jest/globals';
import { readValues, someOf, UsageError, whole, wholes } from './command-line.ts';

const options = { cases: someOf(['one', 'many']), events: whole(30), seconds: whole(2, 0), rates: wholes([200, 400]) };

describe('the command line of a bench', () => {
  it('has values of its own for what is not told', () => {
    expect(readValues([], options)).toEqual({ cases: ['one', 'many'], events: 30, seconds: 2, rates: [200, 400] });
  });

  it('takes what is told, cases in the order of all', () => {
    const told = ['--cases', 'many, one', '--events', '7', '--seconds=0', '--rates', '1,2'];
    expect(readValues(told, options)).toEqual({ cases: ['one', 'many'], events: 7, seconds: 0, rates: [1, 2] });
  });

  it('is nothing but help when that is asked for', () => {
    expect(readValues(['--help', '--events', 'many'], options)).toBeUndefined();
  });

  it.each([
    [['--cases', 'one,fly'], /no case fly: choose from one, many/],
    [['--events', 'many'], /--events takes whole numbers from 1, not 'many'/],
    [['--events', '0'], /--events/],
    [['--events', '1.5'], /--events/],
    [['--seconds', '-1'], /--seconds/],
    [['--rates', '200,'], /--rates/],
    [['--fast'], /--fast/],
    [['extra'], /extra/],
  ])('refuses %j', (args, message) => {
    expect(() => readValues(args, options)).toThrow(message);
    expect(() => readValues(args, options)).toThrow(UsageError);
  });
});
