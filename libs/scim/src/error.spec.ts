import { expect, test } from '@jest/globals';
import { badRequest, ScimError } from './error.ts';

test('the body has the status as a string (RFC 7644 §3.12)', () => {
  expect(new ScimError(400, 'Send it.', 'invalidValue').toBody()).toEqual({
    schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'],
    status: '400',
    scimType: 'invalidValue',
    detail: 'Send it.',
  });
});

test('without scimType there is none', () => {
  expect(new ScimError(404, 'Not found.').toBody()).not.toHaveProperty('scimType');
});

test('a long detail is cut', () => {
  expect(badRequest('invalidValue', 'x'.repeat(5000)).detail.length).toBeLessThan(1100);
});
