import { isURL, ValidateBy, type ValidationOptions } from 'class-validator';

const NODE = { protocols: ['amqp', 'amqps'], require_protocol: true, require_tld: false };

/** `amqp://` or `amqps://`, one URL for each node of the broker, with commas between them. */
export function areBrokerUrls(value: unknown): value is string {
  return typeof value === 'string' && value.split(',').every((url) => isURL(url, NODE));
}

/** An environment variable that says where the broker is. */
export function IsBrokerUrls(options?: ValidationOptions): PropertyDecorator {
  const name = 'isBrokerUrls';
  const defaultMessage = () => 'must be AMQP URLs with commas between them: amqp://user:password@host:5672';
  return ValidateBy({ name, validator: { validate: areBrokerUrls, defaultMessage } }, options);
}
