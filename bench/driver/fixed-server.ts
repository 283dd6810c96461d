import { createServer } from 'node:http';

const user = {
  schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'],
  id: '0192d5a4-7c1e-7000-8000-000000000001',
  userName: 'ada.abbott.1@example.com',
  name: { givenName: 'Ada', familyName: 'Abbott' },
  emails: [{ primary: true, value: 'ada.abbott.1@example.com', type: 'work' }],
  displayName: 'Ada Abbott',
  active: true,
  groups: [],
  meta: { resourceType: 'User', created: '2026-01-01T00:00:00.000Z', version: 'W/"1"' },
};

/** Answers every request with the same user and does nothing else: what is left is the cost of HTTP and of the driver. */
const body = Buffer.from(JSON.stringify(user));
const server = createServer((request, response) => {
  request.resume();
  request.on('end', () => {
    response.writeHead(201, { 'Content-Type': 'application/scim+json', 'Content-Length': body.length }).end(body);
  });
});
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => process.send?.(server.address()));
process.on('disconnect', () => process.exit());
