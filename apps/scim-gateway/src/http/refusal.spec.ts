import { describe, expect, it } from '@jest/globals';
import { BadRequestException, NotFoundException, PayloadTooLargeException } from '@nestjs/common';
import { Unavailable } from '#rabbit/answer';
import { ScimError } from '#scim/error';
import { refusalOf } from './refusal.ts';

const request = { id: 'r-1', method: 'POST', url: '/scim/v2/Things' };
const fastifyError = (statusCode: number) => Object.assign(new Error('/secret/path'), { statusCode });

describe('refusalOf', () => {
  it('leaves a SCIM error as it is', () => {
    const error = new ScimError(409, 'taken', 'uniqueness');
    expect(refusalOf(error, request)).toEqual({ error, headers: {} });
  });

  it('challenges with 401', () => {
    const { headers } = refusalOf(new ScimError(401, 'no'), request);
    expect(headers).toEqual({ 'www-authenticate': 'Basic realm="SCIM", Bearer realm="SCIM"' });
  });

  it('makes 503 of Unavailable, with whole seconds', () => {
    const { error, headers } = refusalOf(new Unavailable('queue x', 1.2), request);
    expect(error.status).toBe(503);
    expect(error.detail).not.toContain('queue x');
    expect(headers).toEqual({ 'retry-after': '2' });
  });

  it('names the limit in 413', () => {
    const { error } = refusalOf(new PayloadTooLargeException(), request);
    expect(error).toMatchObject({ status: 413, detail: expect.stringContaining('10 MB (10485760 bytes)') });
  });

  it('tells malformed requests with a scimType and without what was sent', () => {
    for (const failure of [new BadRequestException('/secret/path'), fastifyError(400)]) {
      const { error } = refusalOf(failure, request);
      expect(error).toMatchObject({ status: 400, scimType: 'invalidSyntax' });
      expect(error.detail).not.toContain('secret');
    }
  });

  it.each([404, 408, 413, 414, 415, 431])('keeps the %d of a Fastify error', (status) => {
    expect(refusalOf(fastifyError(status), request).error.status).toBe(status);
  });

  it.each([
    ['/scim/v2', 'GET, HEAD'],
    ['/scim/v2/.search', 'POST'],
    ['/scim/v2/Groups/.search', 'POST'],
    ['/scim/v2/Users', 'GET, HEAD, POST'],
    ['/scim/v2/Groups/?count=1', 'GET, HEAD, POST'],
    ['/scim/v2/Users/1', 'GET, HEAD, PUT, PATCH, DELETE'],
    ['/scim/v2/Schemas/urn:x', 'GET, HEAD'],
    ['/scim/v2/ServiceProviderConfig', 'GET, HEAD'],
  ])('makes 405 of a method that %s does not have', (url, allow) => {
    const refusal = refusalOf(new NotFoundException(), { ...request, url });
    expect(refusal.error.status).toBe(405);
    expect(refusal.headers).toEqual({ allow });
  });

  it.each(['/', '/scim', '/scim/v2/users', '/scim/v2/Users/1/2', '/x/scim/v2/Users'])('leaves %s a 404', (url) => {
    expect(refusalOf(new NotFoundException(), { ...request, url }).error.status).toBe(404);
  });

  it.each([[new Error('password=x')], ['text'], [undefined], [fastifyError(500)]])(
    'tells of anything else only the request id',
    (failure) => {
      const { error } = refusalOf(failure, request);
      expect(error).toMatchObject({ status: 500, detail: expect.stringContaining('r-1') });
      expect(error.detail).not.toContain('password');
    },
  );
});
