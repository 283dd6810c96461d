import { attribute, complex, type Schema } from './schema.ts';

export const ENTERPRISE_USER_URN = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';

/** RFC 7643 §4.3. */
export const enterpriseUserSchema: Schema = {
  id: ENTERPRISE_USER_URN,
  name: 'EnterpriseUser',
  description: 'Enterprise User',
  attributes: [
    attribute('employeeNumber', 'The number the organisation gave the person.'),
    attribute('costCenter', 'The cost centre.'),
    attribute('organization', 'The organisation.'),
    attribute('division', 'The division.'),
    attribute('department', 'The department.'),
    complex('manager', "The person's manager.", [
      attribute('value', "The id of the manager's user.", { caseExact: true }),
      attribute('$ref', "The URI of the manager's user.", { type: 'reference', referenceTypes: ['User'] }),
      attribute('displayName', "The manager's name.", { mutability: 'readOnly' }),
    ]),
  ],
};
