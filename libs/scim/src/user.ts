import { enterpriseUserSchema } from './enterprise-user.ts';
import { attribute, complex, plural, primary, type ResourceType, type Schema } from './schema.ts';

export const USER_URN = 'urn:ietf:params:scim:schemas:core:2.0:User';

/** RFC 7643 §4.1 and §8.7.1. */
export const userSchema: Schema = {
  id: USER_URN,
  name: 'User',
  description: 'User Account',
  attributes: [
    attribute('userName', 'What the person signs in with, unique in the tenant.', {
      required: true,
      uniqueness: 'server',
    }),
    complex('name', "The parts of the person's name.", [
      attribute('formatted', 'The whole name, ready to show.'),
      attribute('familyName', 'The family name.'),
      attribute('givenName', 'The given name.'),
      attribute('middleName', 'The middle names.'),
      attribute('honorificPrefix', 'A title before the name.'),
      attribute('honorificSuffix', 'A suffix after the name.'),
    ]),
    attribute('displayName', 'The name to show.'),
    attribute('nickName', 'What the person is called.'),
    attribute('profileUrl', "The URI of the person's profile.", { type: 'reference', referenceTypes: ['external'] }),
    attribute('title', 'The job title.'),
    attribute('userType', 'The relation to the organisation, such as Employee or Contractor.'),
    attribute('preferredLanguage', 'The preferred languages, as in Accept-Language.'),
    attribute('locale', 'The locale for dates, numbers and currency, such as en-GB.'),
    attribute('timezone', 'The time zone, such as Europe/London.'),
    attribute('active', 'Whether the person may use the service; an active person occupies a seat.', {
      type: 'boolean',
    }),
    attribute('password', 'Accepted and thrown away: people sign in through the identity provider.', {
      caseExact: true,
      mutability: 'writeOnly',
      returned: 'never',
    }),
    plural('emails', 'Email addresses.', {}, ['work', 'home', 'other']),
    plural('phoneNumbers', 'Telephone numbers.', {}, ['work', 'home', 'mobile', 'fax', 'pager', 'other']),
    plural('ims', 'Instant messaging addresses.', {}, ['aim', 'gtalk', 'icq', 'xmpp', 'msn', 'skype', 'qq', 'yahoo']),
    plural('photos', 'URIs of photographs.', { type: 'reference', referenceTypes: ['external'] }, [
      'photo',
      'thumbnail',
    ]),
    complex(
      'addresses',
      'Postal addresses.',
      [
        attribute('formatted', 'The whole address, ready to print; may hold line breaks.'),
        attribute('streetAddress', 'Street, house number and the like; may hold line breaks.'),
        attribute('locality', 'The town.'),
        attribute('region', 'The state or region.'),
        attribute('postalCode', 'The postal code.'),
        attribute('country', 'The country, ISO 3166-1 alpha-2.'),
        attribute('type', 'What the address is for.', { canonicalValues: ['work', 'home', 'other'] }),
        primary,
      ],
      { multiValued: true },
    ),
    complex(
      'groups',
      'The groups the person belongs to; changed through the group.',
      [
        attribute('value', "The group's id.", { caseExact: true, mutability: 'readOnly' }),
        attribute('$ref', "The group's URI.", {
          type: 'reference',
          referenceTypes: ['User', 'Group'],
          mutability: 'readOnly',
        }),
        attribute('display', "The group's name.", { mutability: 'readOnly' }),
        attribute('type', 'How the person belongs to it.', {
          canonicalValues: ['direct', 'indirect'],
          mutability: 'readOnly',
        }),
      ],
      { multiValued: true, mutability: 'readOnly' },
    ),
    plural('entitlements', 'Things the person may have or do.', {}),
    plural('roles', 'Roles of the person.', {}),
    plural('x509Certificates', 'Certificates, DER in base64.', { type: 'binary' }),
  ],
};

export const userType: ResourceType = {
  name: 'User',
  endpoint: '/Users',
  description: 'User Account',
  schema: userSchema,
  extensions: [enterpriseUserSchema],
};
