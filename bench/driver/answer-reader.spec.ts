import { describe, expect, it } from '@jest/globals';
import { AnswerReader } from './answer-reader.ts';

const created = 'HTTP/1.1 201 Created\r\nContent-Type: application/scim+json\r\ncontent-length: 11\r\n\r\n{"id":"ä"}';
const bytes = (text: string) => Buffer.from(text);

describe('AnswerReader', () => {
  it('reads an answer that comes at once, and the next one', () => {
    const reader = new AnswerReader();
    for (let turn = 0; turn < 2; turn++) {
      const answer = reader.push(bytes(created));
      expect([answer?.status, answer?.body.toString()]).toEqual([201, '{"id":"ä"}']);
    }
  });

  it('reads an answer that comes byte by byte', () => {
    const reader = new AnswerReader();
    const all = bytes(created);
    const answers = [...all].map((byte) => reader.push(Buffer.from([byte])));
    expect(answers.filter(Boolean)).toHaveLength(1);
    expect(answers.at(-1)?.body.toString()).toBe('{"id":"ä"}');
  });

  it.each(['HTTP/1.1 204 No Content\r\nETag: W/"2"\r\n\r\n', 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'])(
    'reads %j, which has no body',
    (text) => {
      expect(new AnswerReader().push(bytes(text))?.body).toHaveLength(0);
    },
  );

  it.each([
    ['HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n', /no Content-Length/],
    ['220 smtp.example.com\r\n\r\n', /not an HTTP\/1.1 answer/],
    [`${created}HTTP`, /more than the answer/],
  ])('refuses %j', (text, message) => {
    expect(() => new AnswerReader().push(bytes(text))).toThrow(message);
  });
});
