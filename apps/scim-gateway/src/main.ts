import 'reflect-metadata';
import { envOrExit } from '#runtime/env';
import { runProcess } from '#runtime/start';
import { Env } from './env.ts';
import { startGateway } from './gateway.ts';

const env = envOrExit(Env);

await runProcess('scim-gateway', env.DRAIN_MS, () => startGateway(env));
