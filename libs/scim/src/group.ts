import { attribute, complex, type ResourceType, type Schema } from './schema.ts';

export const GROUP_URN = 'urn:ietf:params:scim:schemas:core:2.0:Group';

/** RFC 7643 §4.2 and §8.7.1. A member must have a value: without one there is nobody to add. */
export const groupSchema: Schema = {
  id: GROUP_URN,
  name: 'Group',
  description: 'Group',
  attributes: [
    attribute('displayName', 'The name of the group.', { required: true }),
    complex(
      'members',
      'The people in the group, and the groups in it.',
      [
        attribute('value', "The member's id.", { caseExact: true, required: true, mutability: 'immutable' }),
        attribute('$ref', "The member's URI.", {
          type: 'reference',
          referenceTypes: ['User', 'Group'],
          mutability: 'immutable',
        }),
        attribute('type', 'What the member is.', { canonicalValues: ['User', 'Group'], mutability: 'immutable' }),
        attribute('display', "The member's name.", { mutability: 'readOnly' }),
      ],
      { multiValued: true, maxValues: Number.POSITIVE_INFINITY },
    ),
  ],
};

export const groupType: ResourceType = {
  name: 'Group',
  endpoint: '/Groups',
  description: 'Group',
  schema: groupSchema,
  extensions: [],
};
