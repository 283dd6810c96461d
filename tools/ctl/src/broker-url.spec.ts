import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { brokerUrl, shown } from './broker-url.ts';

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'ctl-'));
  mkdirSync(join(directory, '.rollcall'));
});
afterEach(() => rmSync(directory, { recursive: true }));

function inFile(content: string) {
  writeFileSync(join(directory, '.rollcall', 'connection.json'), content);
}

describe('the broker', () => {
  it('is that of the option, the environment, the file: the first that names one', () => {
    inFile('{"amqpUrl": "amqp://file"}');
    const env = { AMQP_URL: 'amqp://env' };
    expect(brokerUrl({ env, option: 'amqp://option', directory })).toBe('amqp://option');
    expect(brokerUrl({ env, option: '', directory })).toBe('amqp://env');
    expect(brokerUrl({ env: {}, option: undefined, directory })).toBe('amqp://file');
  });

  it.each(['{}', '{"amqpUrl": 5672}'])('is not named by the file %s', (content) => {
    inFile(content);
    expect(() => brokerUrl({ env: {}, option: undefined, directory })).toThrow(/which broker/);
  });

  it('is not read from a broken file', () => {
    inFile('{');
    expect(() => brokerUrl({ env: {}, option: undefined, directory })).toThrow(/connection\.json is not JSON/);
  });

  it('is shown without credentials', () => {
    expect(shown('amqps://user:secret@rabbit.example.com:5671/acme?heartbeat=5')).toBe(
      'amqps://rabbit.example.com:5671/acme',
    );
    expect(shown('amqp://localhost/')).toBe('amqp://localhost');
    expect(shown('amqp://a:1@n1,amqp://a:1@n2')).toBe('amqp://n1 or amqp://n2');
  });
});
