import { describe, expect, it } from '@jest/globals';
import { BaseUrl } from './base-url.ts';

describe('BaseUrl', () => {
  it.each(['https://scim.example.com', 'https://scim.example.com/'])('is the public URL %s where one is set', (url) => {
    expect(new BaseUrl(url).of({ host: 'internal', protocol: 'http' })).toBe('https://scim.example.com/scim/v2');
  });

  it.each(['example.com', 'localhost:7300', '127.0.0.1:1', '[::1]:7300'])(
    'else the host of the request, %s',
    (host) => {
      expect(new BaseUrl(undefined).of({ host, protocol: 'http' })).toBe(`http://${host}/scim/v2`);
    },
  );

  it.each(['', 'a b', 'example.com/path', 'user@example.com', 'example.com:port', '"'])(
    'refuses the host %j',
    (host) => {
      expect(() => new BaseUrl(undefined).of({ host, protocol: 'http' })).toThrow(
        expect.objectContaining({ status: 400 }),
      );
    },
  );
});
