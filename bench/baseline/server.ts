import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Store, UserRow } from './store.ts';

const LONGER_THAN_A_ROUND_MS = 600_000;
const USER_NAME = /^userName eq (".*")$/;
const MEMBER = /^members\[value eq "([^"]+)"\]$/;

interface Operation {
  op: string;
  path?: string;
  value?: unknown;
}

/**
 * The measured requests, and only those, on node:http: what the hardware can do when nothing is checked that is not
 * needed to do the work. It is a yardstick, not a SCIM server.
 */
export function baselineServer(store: Store, token: string): Server {
  const authorization = `Bearer ${token}`;
  const server = createServer(async (request, response) => {
    if (request.headers.authorization !== authorization) return send(response, 401, { detail: 'wrong token' });
    try {
      await route(store, request, response);
    } catch (error) {
      console.error(error);
      send(response, 500, { detail: String(error) });
    }
  });
  server.keepAliveTimeout = LONGER_THAN_A_ROUND_MS;
  return server;
}

async function route(store: Store, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const [path = '', query] = (request.url ?? '').split('?');
  const [, , , kind, id = ''] = path.split('/');
  switch (`${request.method} ${kind}`) {
    case 'POST Users': {
      const { password: _password, groups: _groups, ...user } = (await readBody(request)) as Record<string, never>;
      return sendUser(request, response, 201, await store.createUser(user as never));
    }
    case 'GET Users':
      if (query === undefined) return sendUser(request, response, 200, await store.userById(id));
      return sendList(request, response, await store.userByName(userNameIn(query)));
    case 'PATCH Users': {
      const { Operations } = (await readBody(request)) as { Operations: [{ value: { active: boolean } }] };
      return sendUser(request, response, 200, await store.setActive(id, Operations[0].value.active));
    }
    case 'POST Groups': {
      const { displayName } = (await readBody(request)) as { displayName: string };
      return send(response, 201, { id: await store.createGroup(displayName), displayName });
    }
    case 'PATCH Groups': {
      const { Operations } = (await readBody(request)) as { Operations: Operation[] };
      const removed = Operations.flatMap(({ path: target }) => MEMBER.exec(target ?? '')?.[1] ?? []);
      const added = Operations.filter(({ op, path: target }) => op === 'add' && target === 'members').flatMap(
        ({ value }) => (value as { value: string }[]).map((member) => member.value),
      );
      await store.changeMembers(id, removed, added);
      response.writeHead(204).end();
      return;
    }
    default:
      send(response, 404, { detail: 'no such request' });
  }
}

function userNameIn(query: string): string {
  const filter = new URLSearchParams(query).get('filter') ?? '';
  return JSON.parse(USER_NAME.exec(filter)?.[1] ?? '""') as string;
}

function sendUser(request: IncomingMessage, response: ServerResponse, status: number, row: UserRow | undefined) {
  if (!row) return send(response, 404, { detail: 'no such user' });
  const user = toResource(row, request.headers.host ?? '');
  send(response, status, user, { ETag: user.meta.version, Location: user.meta.location });
}

function sendList(request: IncomingMessage, response: ServerResponse, row: UserRow | undefined) {
  const resources = row ? [toResource(row, request.headers.host ?? '')] : [];
  send(response, 200, {
    schemas: ['urn:ietf:params:scim:api:messages:2.0:ListResponse'],
    totalResults: resources.length,
    startIndex: 1,
    itemsPerPage: resources.length,
    Resources: resources,
  });
}

function toResource({ id, data, version, createdAt, updatedAt, groups }: UserRow, host: string) {
  const location = `http://${host}/scim/v2/Users/${id}`;
  const meta = {
    resourceType: 'User',
    created: createdAt.toISOString(),
    lastModified: updatedAt.toISOString(),
    location,
    version: `W/"${version}"`,
  };
  return { ...data, id, groups, meta };
}

function send(response: ServerResponse, status: number, body: object, headers: Record<string, string> = {}): void {
  const text = Buffer.from(JSON.stringify(body));
  response
    .writeHead(status, { 'Content-Type': 'application/scim+json', 'Content-Length': text.length, ...headers })
    .end(text);
}

async function readBody(request: IncomingMessage): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('error', reject);
    request.on('end', () => {
      try {
        resolve(JSON.parse(Buffer.concat(pieces).toString()));
      } catch (error) {
        reject(error);
      }
    });
  });
}
