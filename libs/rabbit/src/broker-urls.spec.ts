import { describe, expect, it } from '@jest/globals';
import { areBrokerUrls } from './broker-urls.ts';

describe('where the broker is', () => {
  it.each(['amqp://rabbitmq', 'amqps://user:pass%2Cword@host:5671/vhost', 'amqp://a:1@n1:5672,amqp://a:1@n2:5672'])(
    'may be %s',
    (text) => expect(areBrokerUrls(text)).toBe(true),
  );

  it.each(['', 'rabbitmq:5672', 'http://rabbitmq', 'amqp://n1,', 'amqp://n1, amqp://n2', 'amqp://n1;amqp://n2'])(
    'may not be "%s"',
    (text) => expect(areBrokerUrls(text)).toBe(false),
  );
});
