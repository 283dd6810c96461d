import { describe, expect, it } from '@jest/globals';
import { newSecret, signedHeaders } from './signature.ts';

describe('a webhook’s signature', () => {
  it('is that of the reference vector of Standard Webhooks', () => {
    const secret = Buffer.from('MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'base64');
    const sentAt = new Date(1_614_265_330_999);
    expect(
      signedHeaders([secret], { id: 'msg_p5jXN8AQM9LWM0D4loKWxJek', sentAt, body: '{"test": 2432232314}' }),
    ).toEqual({
      'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    });
  });

  it('is one of each secret, the newest first', () => {
    const [newest, before] = [newSecret().secret, newSecret().secret];
    const signed = { id: 'msg_1', sentAt: new Date(), body: '{}' };
    const byEach = [newest, before].map((secret) => signedHeaders([secret], signed)['webhook-signature']);
    expect(signedHeaders([newest, before], signed)['webhook-signature']).toBe(byEach.join(' '));
  });

  it('has a secret of its own, shown in the form that receivers know', () => {
    const { secret, shown } = newSecret();
    expect(shown).toBe(`whsec_${secret.toString('base64')}`);
    expect(secret).toHaveLength(32);
    expect(newSecret().shown).not.toBe(shown);
  });
});
