import { describe, expect, it } from '@jest/globals';
import { addressesOf, isPublic, readTarget, TargetRefused } from './target.ts';

const strict = { insecure: false };

describe('an address', () => {
  it.each([
    '8.8.8.8',
    '1.1.1.1',
    '172.15.255.255',
    '172.32.0.1',
    '100.63.255.255',
    '100.128.0.1',
    '2606:4700::1111',
    '2a00:1450:4001::1',
  ])('%s is public', (address) => expect(isPublic(address)).toBe(true));

  it.each([
    '0.0.0.0',
    '10.1.2.3',
    '100.64.0.1',
    '100.127.255.255',
    '127.0.0.1',
    '127.255.255.254',
    '169.254.169.254',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '192.0.2.1',
    '198.19.0.1',
    '224.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::ffff:127.0.0.1',
    '::ffff:8.8.8.8',
    '64:ff9b::a00:1',
    'fc00::1',
    'fd12:3456::1',
    'fe80::1',
    'fe80::1%eth0',
    'ff02::1',
    '2001::1',
    '2001:db8::1',
    '2002:7f00:1::',
    'example.com',
    '',
  ])('%p is not', (address) => expect(isPublic(address)).toBe(false));
});

describe('a target', () => {
  it.each([
    'http://example.com/',
    'ftp://example.com/',
    'example.com',
    '/hook',
    'https://user:secret@example.com/',
    'https://example.com/#part',
    'https://127.0.0.1/',
    'https://127.1/',
    'https://2130706433/',
    'https://0x7f.1/',
    'https://0177.0.0.1/',
    'https://[::1]/',
    'https://[::ffff:10.0.0.1]/',
    'https://[fe80::1]/',
    'https://169.254.169.254/latest/meta-data',
    `https://example.com/${'a'.repeat(2_048)}`,
  ])('%s is refused', (url) => expect(() => readTarget(url, strict)).toThrow(TargetRefused));

  it.each(['https://example.com/hook', 'https://example.com:8443/hook?a=b', 'https://8.8.8.8/'])(
    '%s is taken',
    (url) => {
      expect(readTarget(url, strict).href).toBe(url);
    },
  );

  it('may be http and near for development', () => {
    expect(readTarget('http://127.0.0.1:7500/hook', { insecure: true }).port).toBe('7500');
  });

  it('is refused when its name stands for one address that is not public, or for none', async () => {
    const rules = (...addresses: string[]) => ({
      insecure: false,
      resolve: async () => addresses.map((address) => ({ address, family: 4 })),
    });
    await expect(addressesOf('a.example', rules('8.8.8.8'))).resolves.toHaveLength(1);
    await expect(addressesOf('a.example', rules('8.8.8.8', '10.0.0.1'))).rejects.toThrow(/not public/);
    await expect(addressesOf('a.example', rules())).rejects.toThrow(/resolved/);
  });
});
