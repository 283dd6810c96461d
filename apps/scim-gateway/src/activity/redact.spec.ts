import { describe, expect, it } from '@jest/globals';
import { issueToken } from '#directory-api/token';
import { newId } from '#runtime/ids';
import { redacted } from './redact.ts';

describe('a detail that is kept', () => {
  it.each([
    "'userName' is required. Map a value to it in the identity provider.",
    "'emails.value' must be a text; received number.",
    "The extension 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User' is not registered here.",
    "The path names '$ref', which User does not have.",
    'At character 10 nothing more was expected and there is something else.',
  ])('stays as it is where it only names things: %s', (detail) => {
    expect(redacted(detail)).toBe(detail);
  });

  it.each([
    ['an address', "The name 'ada@example.com' is taken, also ada@example.com.", "The name '…' is taken, also …"],
    ['a quoted value', "A group named 'Sales & Friends' exists.", "A group named '…' exists."],
    ['a quoted value with a quote in it', "'O'Brien & Sons' is taken.", "'…' is taken."],
    ['a value in double quotes', 'Nobody is "Ada Lovelace".', 'Nobody is "…".'],
  ])('leaves out %s', (_, detail, expected) => {
    expect(redacted(detail)).toBe(expected);
  });

  it('leaves out a token, whole', () => {
    const { token } = issueToken(newId());
    expect(redacted(`The token ${token} is wrong.`)).toBe('The token … is wrong.');
    expect(redacted(`The token '${token}' is wrong.`)).toBe("The token '…' is wrong.");
  });

  it('is cut, and made in no time of whatever was sent', () => {
    const began = performance.now();
    for (const part of ["'", '@', ' "', "' ", 'a@', 'rct_'])
      expect(redacted(part.repeat(100_000)).length).toBeLessThan(502);
    expect(performance.now() - began).toBeLessThan(5_000);
  });
});
