import { execFile, spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { connect } from 'node:net';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { lastLines, Refusal } from '../refusal.mjs';
import { claim } from './owner.mjs';
import { freePorts } from './ports.mjs';
import {
  commandLine,
  descendants,
  endProcess,
  isAlive,
  readJson,
  signalProcess,
  until,
  writeSecret,
} from './processes.mjs';
import { findRabbitmq } from './rabbitmq-install.mjs';

/** The data directory is named after the node, so the name must not depend on a port that changes. */
const onlyNode = 'rollcall@localhost';
const startDeadline = 60_000;
const stopPatience = 30_000;
const portNames = /** @type {const} */ (['amqp', 'management', 'stream', 'distribution', 'epmd']);
const plugins = ['rabbitmq_management', 'rabbitmq_consistent_hash_exchange', 'rabbitmq_stream'];

/**
 * Starts a RabbitMQ node of our own, everything bound to 127.0.0.1.
 *
 * Data, password, ports, cookie and logs are all in `directory` and stay between starts; a port taken by somebody else
 * meanwhile is replaced. Its epmd is its own too, so that nothing is left behind when it stops; nodes of a cluster share
 * one, because each asks it where the others are. On a Debian-like system root gets rabbitmq-server installed when it is
 * missing.
 *
 * @param {import('./rabbitmq.d.mts').RabbitmqOptions} options
 * @returns {Promise<import('./rabbitmq.d.mts').Rabbitmq>}
 */
export async function startRabbitmq({ directory: given, log = () => {}, onExit = () => {}, member }) {
  const directory = resolve(given);
  const release = claim(directory, 'RabbitMQ');
  try {
    await endLeftover(directory, log);
    const programs = await findRabbitmq(log);
    const state = { ...readState(directory), ...member?.account };
    const ports = { ...(await freePorts(portNames, state.ports)), ...(member?.epmd && { epmd: member.epmd }) };
    writeSecret(join(directory, 'state.json'), JSON.stringify({ ...state, ports }));
    writeConfiguration(directory, ports, state, member?.cookie);

    const files = filesIn(directory);
    const environment = nodeEnvironment(directory, ports, member?.name ?? onlyNode);
    rmSync(files.log, { force: true });
    rmSync(files.output, { force: true });

    /** Beams we have ended ourselves. */
    const ended = new Set();
    /** @type {import('node:child_process').ChildProcess | undefined} */
    let epmd;
    let beam = 0;

    const launch = async () => {
      rmSync(files.pid, { force: true });
      if (!member?.epmd) {
        epmd ??= await startEpmd(programs.epmd, ports.epmd, environment);
        writeFileSync(files.epmdPid, String(epmd.pid));
      }
      const output = openSync(files.output, 'a');
      const wrapper = spawn(programs.server, [], {
        cwd: directory,
        stdio: ['ignore', output, output],
        detached: true,
        env: environment,
      });
      closeSync(output);
      /** @type {string | undefined} */
      let failure;
      let ready = false;
      wrapper.once('error', (error) => {
        failure = error.message;
      });
      wrapper.once('exit', (code, signal) => {
        failure = `it ended with ${signal ?? `exit code ${code}`}`;
        if (ready && !ended.has(pid))
          onExit(`RabbitMQ ended with ${signal ?? `exit code ${code}`}; its log: ${files.log}`);
      });
      let pid = 0;
      await until(
        async () => {
          pid ||= readPid(files.pid);
          ready = failure === undefined && pid > 0 && (await answers(ports, state));
          return ready || failure !== undefined;
        },
        { deadline: startDeadline, every: 100 },
      );
      beam = pid;
      if (ready) return;
      for (const each of [...descendants(wrapper.pid ?? 0), wrapper.pid ?? 0])
        if (each > 0) signalProcess(each, 'SIGKILL');
      await stopEpmd();
      const said = [files.output, files.log]
        .map((file) => (existsSync(file) ? readFileSync(file, 'utf8') : ''))
        .join('');
      throw new Refusal(
        `RabbitMQ did not start: ${failure ?? `not ready within ${startDeadline / 1000} s`}. Its log, ${files.log}, ends with:\n${lastLines(said)}`,
      );
    };

    const halt = async () => {
      ended.add(beam);
      const below = descendants(beam);
      if (beam > 0) await endProcess(beam, { patience: stopPatience });
      await until(() => !below.some(isAlive), { deadline: 3_000, every: 25 });
      for (const each of below) signalProcess(each, 'SIGKILL');
    };

    const stopEpmd = async () => {
      if (epmd?.pid !== undefined) await endProcess(epmd.pid, { patience: 2_000 });
      epmd = undefined;
      rmSync(files.epmdPid, { force: true });
    };

    await launch();
    const credentials = `${state.user}:${state.password}`;
    return {
      url: `amqp://${credentials}@127.0.0.1:${ports.amqp}`,
      managementUrl: `http://${credentials}@127.0.0.1:${ports.management}`,
      port: ports.amqp,
      epmdPort: ports.epmd,
      get pid() {
        return beam;
      },
      async control(...words) {
        const control = join(dirname(programs.server), 'rabbitmqctl');
        const { stdout } = await promisify(execFile)(control, words, { env: environment });
        return stdout;
      },
      async stop() {
        await halt();
        await stopEpmd();
        release();
      },
      async kill() {
        ended.add(beam);
        if (beam === 0) return;
        const below = descendants(beam);
        signalProcess(beam, 'SIGKILL');
        await until(() => ![beam, ...below].some(isAlive), { deadline: 10_000, every: 10 });
      },
      async restart() {
        await halt();
        await launch();
      },
    };
  } catch (error) {
    release();
    throw error;
  }
}

/**
 * Ends a RabbitMQ that a killed run left behind in `directory`, and does nothing when there is none.
 *
 * @param {string} directory as given to startRabbitmq
 */
export async function endLeftoverRabbitmq(directory) {
  await endLeftover(resolve(directory), () => {});
}

/**
 * A flag that only tells our node from others in the process list. A path would need quoting in RabbitMQ's scripts.
 *
 * @param {string} directory
 */
function mark(directory) {
  return `-rollcall ${createHash('sha256').update(directory).digest('hex').slice(0, 16)}`;
}

/** @param {string} directory */
function filesIn(directory) {
  return {
    data: join(directory, 'data'),
    cookie: join(directory, '.erlang.cookie'),
    configuration: join(directory, 'rabbitmq.conf'),
    advanced: join(directory, 'advanced.config'),
    plugins: join(directory, 'enabled_plugins'),
    pid: join(directory, 'beam.pid'),
    epmdPid: join(directory, 'epmd.pid'),
    logs: join(directory, 'logs'),
    log: join(directory, 'logs', 'rabbitmq.log'),
    output: join(directory, 'logs', 'output.log'),
  };
}

/**
 * @param {string} directory
 * @returns {{ user: string, password: string, ports?: Partial<Record<(typeof portNames)[number], number>> }}
 */
function readState(directory) {
  const password = randomBytes(18).toString('base64url');
  return { user: 'rollcall', password, ...readJson(join(directory, 'state.json')) };
}

/**
 * @param {string} directory
 * @param {Record<(typeof portNames)[number], number>} ports
 * @param {{ user: string, password: string }} account created by RabbitMQ when its data directory is empty
 * @param {string} [cookie] that of the cluster; without it the node's own
 */
function writeConfiguration(directory, ports, { user, password }, cookie = randomBytes(24).toString('hex')) {
  const files = filesIn(directory);
  mkdirSync(files.data, { recursive: true });
  mkdirSync(files.logs, { recursive: true });
  if (!existsSync(files.cookie)) writeSecret(files.cookie, cookie);
  chmodSync(files.cookie, 0o600);
  writeSecret(
    files.configuration,
    `${[
      `listeners.tcp.1 = 127.0.0.1:${ports.amqp}`,
      'management.tcp.ip = 127.0.0.1',
      `management.tcp.port = ${ports.management}`,
      `stream.listeners.tcp.1 = 127.0.0.1:${ports.stream}`,
      `default_user = ${user}`,
      `default_pass = ${password}`,
      'log.file.level = info',
      'log.console = false',
    ].join('\n')}\n`,
  );
  writeFileSync(files.advanced, '[].\n');
  writeFileSync(files.plugins, `[${plugins.join(',')}].\n`);
}

/**
 * @param {string} directory
 * @param {Record<(typeof portNames)[number], number>} ports
 * @param {string} nodeName
 * @returns {NodeJS.ProcessEnv} without the RABBITMQ_* variables of whoever calls
 */
function nodeEnvironment(directory, ports, nodeName) {
  const files = filesIn(directory);
  const foreign = /^(RABBITMQ|ERL)_/;
  const kept = Object.entries(process.env).filter(([name]) => !foreign.test(name));
  return {
    ...Object.fromEntries(kept),
    HOME: directory,
    LC_ALL: 'C.UTF-8',
    ERL_EPMD_PORT: String(ports.epmd),
    ERL_EPMD_ADDRESS: '127.0.0.1',
    RABBITMQ_NODENAME: nodeName,
    RABBITMQ_DIST_PORT: String(ports.distribution),
    RABBITMQ_NODE_IP_ADDRESS: '127.0.0.1',
    RABBITMQ_MNESIA_BASE: files.data,
    RABBITMQ_LOG_BASE: files.logs,
    RABBITMQ_LOGS: files.log,
    RABBITMQ_PID_FILE: files.pid,
    RABBITMQ_ENABLED_PLUGINS_FILE: files.plugins,
    RABBITMQ_CONFIG_FILE: files.configuration,
    RABBITMQ_ADVANCED_CONFIG_FILE: files.advanced,
    RABBITMQ_CONF_ENV_FILE: join(directory, 'rabbitmq-env.conf'),
    // The busy wait of idle schedulers would take the processor from everything else on a small machine.
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: `-kernel inet_dist_use_interface {127,0,0,1} +sbwt none +sbwtdcpu none +sbwtdio none ${mark(directory)}`,
  };
}

/**
 * The node's own port mapper, as our child: the one the node would start by itself detaches and stays for ever.
 *
 * @param {string} program
 * @param {number} port
 * @param {NodeJS.ProcessEnv} environment
 */
async function startEpmd(program, port, environment) {
  const epmd = spawn(program, ['-port', String(port), '-address', '127.0.0.1'], {
    stdio: 'ignore',
    detached: true,
    env: environment,
  });
  /** @type {string | undefined} */
  let failure;
  epmd.once('error', (error) => {
    failure = error.message;
  });
  epmd.once('exit', (code) => {
    failure ??= `exit code ${code}`;
  });
  const up = await until(async () => failure !== undefined || (await exchange(port)), { deadline: 10_000, every: 20 });
  if (!up || failure !== undefined) {
    throw new Refusal(`Erlang's port mapper, ${program}, did not start (${failure ?? 'no answer'}): reinstall Erlang`);
  }
  return epmd;
}

/** @param {string} file */
function readPid(file) {
  try {
    return Number(readFileSync(file, 'utf8').trim()) || 0;
  } catch {
    return 0;
  }
}

/**
 * Ready means that AMQP greets and that the management API, which starts last, knows our user.
 *
 * @param {Record<(typeof portNames)[number], number>} ports
 * @param {{ user: string, password: string }} account
 */
async function answers(ports, { user, password }) {
  const greeting = await exchange(ports.amqp, Buffer.from([0x41, 0x4d, 0x51, 0x50, 0, 0, 9, 1]));
  // A frame of type 1, method: Connection.Start (AMQP 0-9-1, 4.2.2).
  if (greeting?.[0] !== 1) return false;
  try {
    const response = await fetch(`http://127.0.0.1:${ports.management}/api/overview`, {
      headers: { authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` },
      signal: AbortSignal.timeout(2_000),
    });
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
}

/**
 * Connects, says something, and waits for the first bytes of the answer.
 *
 * @param {number} port
 * @param {Buffer} [message] when left out, being able to connect is the answer
 * @returns {Promise<Buffer | undefined>} undefined when nobody answered
 */
function exchange(port, message) {
  return new Promise((settle) => {
    const socket = connect({ port, host: '127.0.0.1' });
    /** @param {Buffer} [answer] */
    const done = (answer) => {
      socket.destroy();
      settle(answer);
    };
    socket.setTimeout(1_000, () => done());
    socket.once('error', () => done());
    socket.once('close', () => done());
    socket.once('connect', () => (message === undefined ? done(Buffer.alloc(0)) : socket.write(message)));
    socket.once('data', done);
  });
}

/**
 * @param {string} directory
 * @param {(line: string) => void} log
 */
async function endLeftover(directory, log) {
  const files = filesIn(directory);
  const pids = [files.pid, files.epmdPid].map(readPid);
  const [beam = 0, epmd = 0] = pids;
  if (beam > 0 && isAlive(beam) && commandLine(beam).includes(mark(directory))) {
    log(`ending the RabbitMQ that an earlier run left behind (process ${beam})`);
    await endProcess(beam, { patience: stopPatience });
  }
  if (epmd > 0 && isAlive(epmd) && commandLine(epmd).includes('epmd')) await endProcess(epmd, { patience: 2_000 });
  rmSync(files.pid, { force: true });
  rmSync(files.epmdPid, { force: true });
  if (existsSync(files.data) && readdirSync(files.data).length === 0) rmSync(files.data, { recursive: true });
}
