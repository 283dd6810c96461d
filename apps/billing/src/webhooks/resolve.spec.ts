import { createSocket, type Socket } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import { afterEach, describe, expect, it } from '@jest/globals';
import { askNameServers } from './resolve.ts';

const [A, AAAA] = [1, 28];
const V4 = Buffer.from([192, 0, 2, 7]);
const V6 = Buffer.from('20010db8000000000000000000000007', 'hex');

let server: Socket;
afterEach(() => {
  server.close();
});

/** A name server with one record for each name it is asked for; undefined where it says nothing at all. */
async function startNameServer(record: (type: number) => Buffer | null | undefined): Promise<string> {
  server = createSocket('udp4');
  server.on('message', (question, { port, address }) => {
    const type = question.readUInt16BE(question.indexOf(0, 12) + 1);
    const data = record(type);
    if (data !== undefined) server.send(answerTo(question, type, data), port, address);
  });
  server.bind(0, '127.0.0.1');
  await once(server, 'listening');
  return `127.0.0.1:${server.address().port}`;
}

/** RFC 1035 §4: the question again, and a record of it or none. */
function answerTo(question: Buffer, type: number, data: Buffer | null): Buffer {
  const asked = question.subarray(12, question.indexOf(0, 12) + 5);
  const head = Buffer.from([question[0] ?? 0, question[1] ?? 0, 0x81, 0x80, 0, 1, 0, data ? 1 : 0, 0, 0, 0, 0]);
  if (!data) return Buffer.concat([head, asked]);
  const record = Buffer.from([0xc0, 12, 0, type, 0, 1, 0, 0, 0, 60, 0, data.length]);
  return Buffer.concat([head, asked, record, data]);
}

describe('the name servers', () => {
  it('tell all addresses of a name, of both kinds', async () => {
    const at = await startNameServer((type) => (type === A ? V4 : V6));
    expect(await askNameServers({ servers: [at] })('both.example')).toEqual([
      { address: '192.0.2.7', family: 4 },
      { address: '2001:db8::7', family: 6 },
    ]);
  });

  it('tell those of the one kind that there is', async () => {
    const at = await startNameServer((type) => (type === AAAA ? V6 : null));
    expect(await askNameServers({ servers: [at] })('six.example')).toEqual([{ address: '2001:db8::7', family: 6 }]);
  });

  it('tell none of a name without any', async () => {
    const at = await startNameServer(() => null);
    expect(await askNameServers({ servers: [at] })('none.example')).toEqual([]);
  });

  it('that say nothing are waited for so long, and hold up no other look at a name', async () => {
    const at = await startNameServer(() => undefined);
    const resolve = askNameServers({ servers: [at], patienceMs: 3_000 });
    const ended: string[] = [];
    const silent = Array.from({ length: 40 }, async (_, n) => {
      expect(await resolve(`silent${n}.example`)).toEqual([]);
      ended.push('silent');
    });
    await lookup('localhost').then(() => ended.push('localhost'));
    await Promise.all(silent);
    expect(ended[0]).toBe('localhost');
    expect(ended).toHaveLength(41);
  });
});
