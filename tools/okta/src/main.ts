import { parseArgs } from 'node:util';
import { OktaApp, type Style } from './app.ts';
import { type Connection, readConnection } from './connection.ts';
import { OktaGroups } from './groups.ts';
import { builtOperatorCli, localGroupByCli, type MakeLocalGroup } from './local-group.ts';
import { people } from './people.ts';
import { tellStory } from './story.ts';
import { Transcript } from './transcript.ts';
import { type Credentials, ScimTransport } from './transport.ts';

const help = `A stand-in for Okta: sends a SCIM service exactly what Okta sends.

Usage: okta <command> [options]

Commands
  story              the customer's set-up article as steps, with the seats in use after each
  test-credentials   "Test API Credentials"
  import             "Import Now": every user and group
  assign             assign --count people
  push-group         assign --count people and push the group --name with them

Where (a connection file, or the three options)
  --connection FILE  JSON: scimBaseUrl, username, token, billingUrl, billingKey, tenantId, amqpUrl
  --base-url URL     for example https://scim.example.com/scim/v2
  --username NAME
  --token TOKEN      better in the environment: OKTA_TOKEN

How
  --auth MODE        basic (default), bearer, header, bearer-pair
  --style STYLE      catalogue (default): PATCH; custom: PUT
  --count N          people (default 10)
  --name NAME        the group to push
  --seed WORD        which people; the same word gives the same ones (default okta)
  --ctl COMMAND      the operator's CLI, to make a local group in the story (default: the one built beside this)
  --verbose          headers and bodies, secrets replaced
  --help
`;

class UsageError extends Error {}

function options(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        connection: { type: 'string' },
        'base-url': { type: 'string' },
        username: { type: 'string' },
        token: { type: 'string' },
        auth: { type: 'string', default: 'basic' },
        style: { type: 'string', default: 'catalogue' },
        count: { type: 'string', default: '10' },
        name: { type: 'string' },
        seed: { type: 'string', default: 'okta' },
        ctl: { type: 'string' },
        verbose: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message.replace(/\s*\n[\s\S]*/, '') : String(error));
  }
}

type Values = ReturnType<typeof options>['values'];

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

function credentials(values: Values): { baseUrl: string; credentials: Credentials } {
  const file = values.connection === undefined ? undefined : readConnection(values.connection);
  const baseUrl = values['base-url'] ?? file?.scimBaseUrl;
  const token = values.token ?? process.env.OKTA_TOKEN ?? file?.token;
  const username = values.username ?? file?.username;
  if (baseUrl === undefined) throw new UsageError('--base-url or --connection is needed');
  if (!/^https?:$/.test(URL.parse(baseUrl)?.protocol ?? '')) throw new UsageError('--base-url must be an HTTP URL');
  if (token === undefined) throw new UsageError('--token, OKTA_TOKEN or --connection is needed');
  const mode = values.auth;
  if (mode === 'bearer' || mode === 'header') return { baseUrl, credentials: { mode, token } };
  if (mode !== 'basic' && mode !== 'bearer-pair') throw new UsageError('--auth: basic, bearer, header or bearer-pair');
  if (username === undefined) throw new UsageError(`--username is needed with --auth ${mode}`);
  return { baseUrl, credentials: { mode, username, token } };
}

function style(values: Values): Style {
  if (values.style !== 'custom' && values.style !== 'catalogue') throw new UsageError('--style: custom or catalogue');
  return values.style;
}

function count(values: Values): number {
  if (!/^\d{1,6}$/.test(values.count)) throw new UsageError('--count must be a whole number');
  return Number(values.count);
}

function seed(values: Values): string {
  if (!/^[A-Za-z0-9-]+$/.test(values.seed)) throw new UsageError('--seed: letters, digits and hyphens');
  return values.seed;
}

async function story(values: Values): Promise<number> {
  if (values.connection === undefined) throw new UsageError('story needs --connection FILE');
  const connection = readConnection(values.connection);
  const transcript = new Transcript({ write: print, verbose: values.verbose, linesPerStep: 8 });
  const local = localGroup(values, connection);
  const { failed } = await tellStory({
    connection,
    write: print,
    onExchange: (exchange) => transcript.add(exchange),
    onStepEnd: () => transcript.endStep(),
    ...(typeof local === 'string' ? { noLocalGroup: local } : { makeLocalGroup: local }),
  });
  return failed.length === 0 ? 0 : 1;
}

function localGroup(values: Values, { tenantId, amqpUrl }: Connection): MakeLocalGroup | string {
  const command = values.ctl ?? builtOperatorCli();
  if (command === undefined) return "the operator's CLI is not built; see --ctl";
  return localGroupByCli({ command, tenantId, amqpUrl });
}

async function single(command: string, values: Values): Promise<number> {
  const transcript = new Transcript({ write: print, verbose: values.verbose });
  const transport = new ScimTransport({ ...credentials(values), onExchange: (exchange) => transcript.add(exchange) });
  const app = new OktaApp({ transport, style: style(values) });
  try {
    switch (command) {
      case 'test-credentials':
        await app.testCredentials();
        print('the credentials are right');
        return 0;
      case 'import': {
        const users = await app.importUsers();
        const groups = await app.importGroups();
        print(`${users.length} users, ${groups.length} groups`);
        return 0;
      }
      case 'assign':
        return await assign(app, values);
      case 'push-group':
        return await pushGroup(app, values);
      default:
        throw new UsageError(`there is no command ${command}; see --help`);
    }
  } finally {
    transport.close();
  }
}

async function assign(app: OktaApp, values: Values): Promise<number> {
  const { assigned, tasks } = await app.assignGroup(people(count(values), seed(values)));
  const linked = assigned.filter(({ how }) => how === 'linked').length;
  print(`${assigned.length - linked} created, ${linked} linked, ${tasks.length} on the Tasks page`);
  return tasks.length === 0 ? 0 : 1;
}

async function pushGroup(app: OktaApp, values: Values): Promise<number> {
  if (values.name === undefined) throw new UsageError('push-group needs --name');
  const members = people(count(values), seed(values));
  const { tasks } = await app.assignGroup(members);
  if (tasks[0] !== undefined) throw tasks[0];
  const group = await new OktaGroups({ app }).pushGroup({ name: values.name, members });
  print(`${group.how} ${group.id} with ${group.members.size} members`);
  return 0;
}

async function main(args: string[]): Promise<number> {
  const { values, positionals } = options(args);
  const [command, ...rest] = positionals;
  if (values.help) {
    process.stdout.write(help);
    return 0;
  }
  if (command === undefined) throw new UsageError('a command is needed; see --help');
  if (rest.length > 0) throw new UsageError(`one command at a time; ${rest.join(' ')} is too much`);
  return command === 'story' ? story(values) : single(command, values);
}

for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit(process.exitCode ?? 0);
  });
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(`okta: ${message.replace(/\s*\n\s*/g, ' ')}\n`);
  process.exitCode = 1;
}
