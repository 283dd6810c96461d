import { createServer, type IncomingMessage, type Server } from 'node:http';
import { isJsonObject, type JsonObject } from '../src/json.ts';

/** A request as it arrived. */
export interface Received {
  method: string;
  url: string;
  /** Name, value, name, value, … in the order and case of the wire. */
  rawHeaders: string[];
  headers: IncomingMessage['headers'];
  text: string;
  body: JsonObject;
}

export interface Scripted {
  /** 0: no answer at all. */
  status: number;
  headers?: Record<string, string>;
  body?: JsonObject | string | Buffer;
}

type Resource = JsonObject & { id: string };

/**
 * Just enough of a SCIM service to see what Okta sends to one, with seats counted beside it. It keeps users and
 * groups in memory, checks nothing, and gives scripted answers first.
 */
export class FakedProvider {
  readonly received: Received[] = [];
  /** Answers given instead of the real ones, first come first served. */
  readonly script: Scripted[] = [];
  readonly users = new Map<string, Resource>();
  readonly groups = new Map<string, Resource>();
  /** Answers group PATCH with 204 instead of 200. */
  patchAnswers204 = false;
  authorization: string | undefined;
  private server: Server | undefined;
  private serial = 0;

  async start(): Promise<void> {
    const server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const { status, headers = {}, body } = this.answer(request, Buffer.concat(chunks).toString('utf8'));
        if (status === 0) return;
        const bytes =
          body === undefined || typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body);
        response.writeHead(status, { 'Content-Type': 'application/scim+json', ...headers }).end(bytes);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    this.server = server;
  }

  async stop(): Promise<void> {
    this.server?.closeAllConnections();
    await new Promise((resolve) => this.server?.close(resolve));
  }

  get origin(): string {
    const address = this.server?.address();
    if (typeof address !== 'object' || address === null) throw new Error('the provider is not listening');
    return `http://127.0.0.1:${address.port}`;
  }

  get baseUrl(): string {
    return `${this.origin}/scim/v2`;
  }

  /** Requests as `METHOD /path`, below the base URL. */
  get lines(): string[] {
    return this.received.map(({ method, url }) => `${method} ${url}`);
  }

  addUser(user: JsonObject): Resource {
    return this.add(this.users, 'User', { active: true, ...user });
  }

  addGroup(group: JsonObject): Resource {
    return this.add(this.groups, 'Group', { members: [], ...group });
  }

  seats(): number {
    return [...this.users.values()].filter(({ active }) => active === true).length;
  }

  private answer(request: IncomingMessage, text: string): Scripted {
    if (request.url === '/v1/tenants/acme/seats') return { status: 200, body: { inUse: this.seats() } };
    const url = (request.url ?? '').replace('/scim/v2', '');
    const parsed: unknown = text === '' ? {} : JSON.parse(text);
    const body = isJsonObject(parsed) ? parsed : {};
    const { method = '', rawHeaders, headers } = request;
    this.received.push({ method, url, rawHeaders, headers, text, body });
    const scripted = this.script.shift();
    if (scripted !== undefined) return scripted;
    if (this.authorization !== undefined && headers.authorization !== this.authorization) return scimError(401);
    const { pathname, searchParams } = new URL(url, 'http://provider.example');
    const [, kind = '', id] = pathname.split('/');
    const resources = kind === 'Users' ? this.users : this.groups;
    if (id === undefined) {
      if (method === 'GET') return this.list([...resources.values()], searchParams);
      if (this.nameTaken(resources, body)) return scimError(409, 'uniqueness');
      const { password: _, ...kept } = body;
      return { status: 201, body: kind === 'Users' ? this.addUser(kept) : this.addGroup(kept) };
    }
    const resource = resources.get(id);
    if (resource === undefined) return scimError(404);
    if (method === 'GET') return { status: 200, body: resource };
    if (method === 'DELETE') return this.remove(resource);
    return this.write(resource, method === 'PUT' ? [{ op: 'replace', value: body }] : body.Operations);
  }

  private list(all: Resource[], query: URLSearchParams): Scripted {
    const [, attribute = '', value = ''] = /^(\w+) eq (".*")$/.exec(query.get('filter') ?? '') ?? [];
    const matching = attribute === '' ? all : all.filter((one) => one[attribute] === JSON.parse(value));
    const startIndex = Number(query.get('startIndex'));
    const page = matching.slice(startIndex - 1, startIndex - 1 + Number(query.get('count')));
    const schemas = ['urn:ietf:params:scim:api:messages:2.0:ListResponse'];
    const counts = { totalResults: matching.length, startIndex, itemsPerPage: page.length };
    return { status: 200, body: { schemas, ...counts, Resources: page } };
  }

  private write(resource: Resource, operations: unknown): Scripted {
    for (const operation of Array.isArray(operations) ? operations : []) {
      const { op, path, value } = operation;
      const members = resource.members as { value: string }[];
      const removed = /^members\[value eq "(.*)"\]$/.exec(path ?? '')?.[1];
      if (removed !== undefined) resource.members = members.filter((member) => member.value !== removed);
      else if (path === 'members' && op === 'add') resource.members = [...members, ...value];
      else if (path === 'members') resource.members = value;
      else Object.assign(resource, value, { id: resource.id });
    }
    delete resource.password;
    if (this.patchAnswers204 && 'members' in resource) return { status: 204 };
    return { status: 200, body: resource };
  }

  /** A group marked local outlives its link, as the set-up article promises, with the members it had before. */
  private remove(resource: Resource): Scripted {
    if (Array.isArray(resource.local)) resource.members = resource.local;
    else this.groups.delete(resource.id);
    return { status: 204 };
  }

  private nameTaken(resources: Map<string, Resource>, body: JsonObject): boolean {
    const name = resources === this.users ? 'userName' : 'displayName';
    return [...resources.values()].some((one) => one[name] === body[name]);
  }

  private add(resources: Map<string, Resource>, resourceType: string, attributes: JsonObject): Resource {
    const id = `0192aaaa-0000-7000-8000-${String(++this.serial).padStart(12, '0')}`;
    const resource = { ...attributes, id, meta: { resourceType } };
    resources.set(id, resource);
    return resource;
  }
}

export function scimError(status: number, scimType?: string): Scripted {
  const schemas = ['urn:ietf:params:scim:api:messages:2.0:Error'];
  return {
    status,
    body: { schemas, status: String(status), detail: `said ${status}`, ...(scimType ? { scimType } : {}) },
  };
}
