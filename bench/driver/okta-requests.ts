import { patchSchema, userSchema } from '../../tools/okta/src/app.ts';
import { groupSchema, type Member } from '../../tools/okta/src/groups.ts';
import { type Person, placeholderPassword } from '../../tools/okta/src/people.ts';

/** A group as a membership change names it. */
export interface GroupName {
  id: string;
  displayName: string;
}

/**
 * Whole HTTP requests as Okta sends them: its headers, in its order, and its bodies (tools/okta). They are text, made
 * outside the timing where that matters, because tools/okta itself is a client that checks every answer and is too dear
 * for a load.
 */
export class OktaRequests {
  private readonly path: string;
  private readonly before = 'Accept: application/scim+json\r\nAccept-Charset: utf-8\r\n';
  private readonly type = 'Content-Type: application/scim+json; charset=utf-8\r\n';
  private readonly agent: string;
  private readonly after: string;

  /** @param authorization the header's value */
  constructor(scimBaseUrl: string, authorization: string) {
    const url = new URL(scimBaseUrl);
    this.path = url.pathname.replace(/\/+$/, '');
    this.agent = `User-Agent: Okta SCIM Client 1.0.0\r\nAuthorization: ${authorization}\r\n`;
    this.after = `Host: ${url.host}\r\nConnection: Keep-Alive\r\nAccept-Encoding: gzip,deflate\r\n\r\n`;
  }

  createUser(who: Person): string {
    return this.send('POST', '/Users', {
      schemas: [userSchema],
      userName: who.login,
      name: { givenName: who.givenName, familyName: who.familyName },
      emails: [{ primary: true, value: who.login, type: 'work' }],
      displayName: who.displayName,
      locale: who.locale,
      externalId: who.externalId,
      groups: [],
      password: placeholderPassword(who),
      active: true,
    });
  }

  readUser(id: string): string {
    return this.read(`/Users/${id}`);
  }

  findUser(userName: string): string {
    const filter = encodeURIComponent(`userName eq ${JSON.stringify(userName)}`);
    return this.read(`/Users?filter=${filter}&startIndex=1&count=100`);
  }

  setActive(id: string, active: boolean): string {
    return this.patch(`/Users/${id}`, [{ op: 'replace', value: { active } }]);
  }

  createGroup(displayName: string): string {
    return this.send('POST', '/Groups', { schemas: [groupSchema], displayName, members: [] });
  }

  /** The name that Okta sends along with every membership change included. */
  addMembers(group: GroupName, members: readonly Member[]): string {
    return this.patch(`/Groups/${group.id}`, [{ op: 'add', path: 'members', value: members }, rename(group)]);
  }

  removeMembers(group: GroupName, members: readonly Member[]): string {
    const removals = members.map(({ value }) => ({ op: 'remove', path: `members[value eq "${value}"]` }));
    return this.patch(`/Groups/${group.id}`, [...removals, rename(group)]);
  }

  private patch(path: string, Operations: object[]): string {
    return this.send('PATCH', path, { schemas: [patchSchema], Operations });
  }

  private read(path: string): string {
    return `GET ${this.path}${path} HTTP/1.1\r\n${this.before}${this.agent}${this.after}`;
  }

  private send(method: string, path: string, body: object): string {
    const text = JSON.stringify(body);
    const length = `Content-Length: ${Buffer.byteLength(text)}\r\n`;
    return `${method} ${this.path}${path} HTTP/1.1\r\n${this.before}${this.type}${this.agent}${length}${this.after}${text}`;
  }
}

function rename({ id, displayName }: GroupName) {
  return { op: 'replace', value: { id, displayName } };
}
