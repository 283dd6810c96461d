import { CountSeats, CreateKey, KEYS, ListParked, PARKED, ReplayParked, SEATS } from '#billing-api/billing';
import { ACTIVITY, ListActivity, ShowActivity } from '#directory-api/activity';
import {
  CreateLocalGroup,
  CreateLocalUser,
  CreateTenant,
  ListGroupMembers,
  ListLocal,
  LOCAL_GROUPS,
  LOCAL_USERS,
  NameGroup,
  ProtectGroup,
  SetSso,
  SSO,
  TENANTS,
} from '#directory-api/admin';
import { CONNECTIONS, DisableConnection, EnableConnection, RotateToken } from '#directory-api/connections';
import { BILLING_COMMANDS, DIRECTORY_COMMANDS } from '#rabbit/topology';

export const TENANT = '0192d5a4-7c1e-7000-8000-00000000000a';
const ID = '0192d5a4-7c1e-7000-8000-000000000001';
const SECRET = { connectionId: ID, username: 'scim-1', token: 'rct_1' };

/** A command line, the question it must become, and the answer with its text form. */
interface Case {
  line: string;
  queue: string;
  pattern: string;
  /** what the service checks the payload with; it has nothing to check where this is absent */
  shape?: new () => object;
  payload: object;
  answer: unknown;
  text: RegExp;
}

const directory = DIRECTORY_COMMANDS;
const billing = BILLING_COMMANDS;
const tenantId = TENANT;
const user = { id: ID, userName: 'ada@example.com', active: true, admin: false, managedBy: null };
const request = {
  id: ID,
  at: '2026-01-01T00:00:00.000Z',
  connectionId: ID,
  requestId: 'r-1',
  method: 'PATCH',
  path: '/scim/v2/Users/:id',
  resourceType: 'User',
  resourceId: ID,
  status: 200,
  scimType: null,
  detail: null,
  ms: 9,
  client: 'okta',
  dialect: 'okta',
  warnings: {},
};
const member = {
  id: ID,
  type: 'User',
  name: 'ada@example.com',
  active: true,
  through: null,
  local: true,
  connectionId: 'c1',
};
const group = { id: ID, displayName: 'Sales', managedBy: 'c1', members: 2 };

export const cases: Case[] = [
  {
    line: 'tenant create --name Acme',
    queue: directory,
    pattern: TENANTS.create,
    shape: CreateTenant,
    payload: { name: 'Acme' },
    answer: { tenantId, name: 'Acme' },
    text: /^Tenant Acme has the id 0192\S+a$/,
  },
  {
    line: 'tenant list',
    queue: directory,
    pattern: TENANTS.list,
    payload: {},
    answer: [{ tenantId, name: 'Acme\u001b[2J', ssoConfigured: true, scimEnabled: false }],
    text: /^TENANT +SSO +SCIM +NAME\n0192\S+a {2}yes {2}no {4}Acme\uFFFD\[2J$/,
  },
  {
    line: `sso set --tenant ${TENANT} --kind saml --issuer urn:idp --sign-in-url https://idp.example.com/sso`,
    queue: directory,
    pattern: SSO.set,
    shape: SetSso,
    payload: { tenantId, kind: 'saml', issuer: 'urn:idp', signInUrl: 'https://idp.example.com/sso' },
    answer: { tenantId, kind: 'saml' },
    text: /^SSO is set to saml/,
  },
  {
    line: `scim on --tenant ${TENANT} --scope users --dialect okta`,
    queue: directory,
    pattern: CONNECTIONS.enable,
    shape: EnableConnection,
    payload: { tenantId, scope: 'users', dialect: 'okta' },
    answer: SECRET,
    text: /Paste these into Okta[\s\S]*Username {2}scim-1\n {2}Token {5}rct_1\n[\s\S]*shown this once/,
  },
  {
    line: `scim on --tenant ${TENANT}`,
    queue: directory,
    pattern: CONNECTIONS.enable,
    shape: EnableConnection,
    payload: { tenantId },
    answer: { connectionId: ID, username: 'scim-1' },
    text: /^SCIM is on\. Its username is scim-1; the token is as it was/,
  },
  {
    line: `scim on --tenant ${TENANT} --members idp_is_authoritative --unknown-members refused`,
    queue: directory,
    pattern: CONNECTIONS.enable,
    shape: EnableConnection,
    payload: { tenantId, memberPolicy: 'idp_is_authoritative', strictMembers: true },
    answer: { connectionId: ID, username: 'scim-1' },
    text: /the token is as it was/,
  },
  {
    line: `groups protect --tenant ${TENANT} --name Admins`,
    queue: directory,
    pattern: LOCAL_GROUPS.protect,
    shape: ProtectGroup,
    payload: { tenantId, name: 'Admins', protected: true },
    answer: { id: ID, displayName: 'Admins', protected: true },
    text: /^Group Admins is protected/,
  },
  {
    line: `groups unlink --tenant ${TENANT} --name Sales`,
    queue: directory,
    pattern: LOCAL_GROUPS.unlink,
    shape: NameGroup,
    payload: { tenantId, name: 'Sales' },
    answer: { id: ID, displayName: 'Sales' },
    text: /^Group Sales is local again/,
  },
  {
    line: `scim off --tenant ${TENANT}`,
    queue: directory,
    pattern: CONNECTIONS.disable,
    shape: DisableConnection,
    payload: { tenantId },
    answer: { tenantId, enabled: false },
    text: /^SCIM is off/,
  },
  {
    line: `scim rotate --tenant ${TENANT}`,
    queue: directory,
    pattern: CONNECTIONS.rotate,
    shape: RotateToken,
    payload: { tenantId },
    answer: SECRET,
    text: /^The old token no longer works[\s\S]*rct_1/,
  },
  {
    line: `users create --tenant ${TENANT} --email ada@example.com --given-name Ada --family-name L --admin`,
    queue: directory,
    pattern: LOCAL_USERS.create,
    shape: CreateLocalUser,
    payload: { tenantId, email: 'ada@example.com', givenName: 'Ada', familyName: 'L', admin: true },
    answer: { id: ID, userName: 'ada@example.com' },
    text: /^User ada@example\.com has the id 0192\S+1$/,
  },
  {
    line: `users create --tenant ${TENANT} --email ada@example.com`,
    queue: directory,
    pattern: LOCAL_USERS.create,
    shape: CreateLocalUser,
    payload: { tenantId, email: 'ada@example.com' },
    answer: { id: ID, userName: 'ada@example.com' },
    text: /^User/,
  },
  {
    line: `users list --tenant ${TENANT}`,
    queue: directory,
    pattern: LOCAL_USERS.list,
    shape: ListLocal,
    payload: { tenantId, limit: 100 },
    answer: [user],
    text: /^USER +ACTIVE +ADMIN +MANAGED BY +ID\nada@example\.com +yes +no +local +0192\S+1$/,
  },
  {
    line: `users list --tenant ${TENANT} --after a --limit 1`,
    queue: directory,
    pattern: LOCAL_USERS.list,
    shape: ListLocal,
    payload: { tenantId, after: 'a', limit: 1 },
    answer: [user],
    text: /\nMore may follow: --after 'ada@example\.com'$/,
  },
  {
    line: `groups create --tenant ${TENANT} --name Sales --member a@example.com --member b@example.com`,
    queue: directory,
    pattern: LOCAL_GROUPS.create,
    shape: CreateLocalGroup,
    payload: { tenantId, name: 'Sales', members: ['a@example.com', 'b@example.com'] },
    answer: { id: ID, displayName: 'Sales', members: 2 },
    text: /^Group Sales with 2 members has the id/,
  },
  {
    line: `groups create --tenant ${TENANT} --name Everybody --group Sales`,
    queue: directory,
    pattern: LOCAL_GROUPS.create,
    shape: CreateLocalGroup,
    payload: { tenantId, name: 'Everybody', members: [], groups: ['Sales'] },
    answer: { id: ID, displayName: 'Everybody', members: 1 },
    text: /^Group Everybody with 1 member has the id/,
  },
  {
    line: `groups members --tenant ${TENANT} --name Sales`,
    queue: directory,
    pattern: LOCAL_GROUPS.members,
    shape: ListGroupMembers,
    payload: { tenantId, name: 'Sales', limit: 100 },
    answer: [member, { ...member, type: 'Group', name: 'East\n', active: null, local: false }],
    text: /^MEMBER +TYPE +ACTIVE +THROUGH +MANAGED BY +ID\nada@example\.com +User +yes +direct +local, c1 +0192\S+1\nEast +Group +direct +c1 +0192\S+1$/,
  },
  {
    line: `groups members --tenant ${TENANT} --name Sales --effective --after ${ID} --limit 1`,
    queue: directory,
    pattern: LOCAL_GROUPS.members,
    shape: ListGroupMembers,
    payload: { tenantId, name: 'Sales', effective: true, after: ID, limit: 1 },
    answer: [{ ...member, through: 'East', connectionId: null }],
    text: /\nada@example\.com +User +yes +East +local +0192\S+1\nMore may follow: --after '0192\S+1'$/,
  },
  {
    line: `groups list --tenant ${TENANT}`,
    queue: directory,
    pattern: LOCAL_GROUPS.list,
    shape: ListLocal,
    payload: { tenantId, limit: 100 },
    answer: [group],
    text: /\nSales +2 +c1 +0192\S+1$/,
  },
  {
    line: `seats --tenant ${TENANT}`,
    queue: billing,
    pattern: SEATS.count,
    shape: CountSeats,
    payload: { tenantId },
    answer: { tenantId, inUse: 1, sequence: 7, asOf: '2026-01-01T00:00:00.000Z' },
    text: /^1 seat in use as of 2026-01-01T00:00:00\.000Z \(ledger line 7\)$/,
  },
  {
    line: `billing-key create --tenant ${TENANT} --label dashboard`,
    queue: billing,
    pattern: KEYS.create,
    shape: CreateKey,
    payload: { tenantId, label: 'dashboard' },
    answer: { keyId: ID, key: 'rck_1' },
    text: /^Key id {2}0192\S+1\nKey {5}rck_1\n\nThe key is shown this once/,
  },
  {
    line: 'parked list',
    queue: billing,
    pattern: PARKED.list,
    shape: ListParked,
    payload: { limit: 100 },
    answer: { parked: [{ tenantId, eventId: ID, type: 'user.created.v1', reason: 'a gap', content: '{}' }] },
    text: /^TENANT +EVENT +TYPE +REASON\n0192\S+a +0192\S+1 +user\.created\.v1 +a gap$/,
  },
  {
    line: `parked list --tenant ${TENANT}`,
    queue: billing,
    pattern: PARKED.list,
    shape: ListParked,
    payload: { tenantId, limit: 100 },
    answer: { parked: [] },
    text: /^Nothing is parked\.$/,
  },
  {
    line: `parked replay --tenant ${TENANT}`,
    queue: billing,
    pattern: PARKED.replay,
    shape: ReplayParked,
    payload: { tenantId },
    answer: { replayed: 3 },
    text: /^3 parked events applied\.$/,
  },
  {
    line: `activity list --tenant ${TENANT} --status 4xx --since 2026-01-01 --limit 5`,
    queue: directory,
    pattern: ACTIVITY.list,
    shape: ListActivity,
    payload: { tenantId, status: '4xx', since: '2026-01-01T00:00:00.000Z', limit: 5 },
    answer: [request, { ...request, status: 409, scimType: 'uniqueness', detail: 'Taken.\u001b[2J' }],
    text: /^2026\S+ 200 PATCH \/scim\/v2\/Users\/0192\S+1 9ms okta request=r-1\n2026\S+ 409 .* uniqueness "Taken\.\\u001b\[2J" request=r-1$/,
  },
  {
    line: `activity list --tenant ${TENANT}`,
    queue: directory,
    pattern: ACTIVITY.list,
    shape: ListActivity,
    payload: { tenantId, limit: 50 },
    answer: [],
    text: /^No requests\.$/,
  },
  {
    line: `activity show --tenant ${TENANT} --request r-1`,
    queue: directory,
    pattern: ACTIVITY.show,
    shape: ShowActivity,
    payload: { tenantId, requestId: 'r-1' },
    answer: {
      requests: [request],
      events: [
        { id: ID, type: 'user.updated.v1', subject: 'users/1', version: 3, at: request.at, changed: ['name', 'title'] },
      ],
    },
    text: /^2026\S+ 200 PATCH .* request=r-1\n {2}user\.updated\.v1 users\/1 v3 changed=name,title$/,
  },
];
