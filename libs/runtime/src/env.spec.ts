import { describe, expect, it } from '@jest/globals';
import { IsInt, IsString, Matches } from 'class-validator';
import { readEnv } from './env.ts';

class Env {
  @Matches(/^amqp:/)
  AMQP_URL!: string;

  @IsInt()
  PORT: number = 7300;

  @IsString()
  HOST: string = '127.0.0.1';
}

describe('reading the environment', () => {
  it('reads numbers as numbers and leaves defaults where nothing is set', () => {
    expect(readEnv(Env, { AMQP_URL: 'amqp://broker', PORT: '8080', HOST: '', OTHER: 'x' })).toEqual({
      AMQP_URL: 'amqp://broker',
      PORT: 8080,
      HOST: '127.0.0.1',
    });
  });

  it('names every property that is wrong, with its constraint and without its value', () => {
    const read = () => readEnv(Env, { AMQP_URL: 'http://user:secret@host', PORT: 'eighty' });
    expect(read).toThrow(/AMQP_URL: .*PORT: /);
    expect(read).not.toThrow(/secret/);
  });
});
