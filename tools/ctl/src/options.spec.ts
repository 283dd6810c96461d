import { describe, expect, it } from '@jest/globals';
import { choice, flag, type Options, read, required, split, text, texts, whole } from './options.ts';

function parse<O extends Options>(args: string[], options: O) {
  return read(options, split(args, options));
}

describe('options', () => {
  it('become values, and what was not given is absent', () => {
    const options = {
      name: required(text('NAME', 'a name')),
      label: text('LABEL', 'a label'),
      member: texts('EMAIL', 'a member'),
      kind: choice(['saml', 'oidc'] as const, 'a kind'),
      limit: whole(10, 'a number'),
      admin: flag('a flag'),
    };
    expect(parse(['--name', 'a', '--member', 'x', '--limit=10', '--member', 'y', '--admin'], options)).toEqual({
      name: 'a',
      member: ['x', 'y'],
      limit: 10,
      admin: true,
    });
    expect(parse(['--name=-a', '--kind', 'oidc'], options)).toEqual({ name: '-a', kind: 'oidc', member: [] });
  });

  it('take a PEM text as a value although it begins with hyphens', () => {
    const pem = '-----BEGIN CERTIFICATE-----\nMIIB=\n-----END CERTIFICATE-----\n';
    const options = { certificate: text('PEM', 'a certificate') };
    expect(parse(['--certificate', pem], options)).toEqual({ certificate: pem });
  });
});
