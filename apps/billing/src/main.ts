import { envOrExit } from '#runtime/env';
import { runProcess } from '#runtime/start';
import { startBilling } from './billing.ts';
import { Env } from './env.ts';

const env = envOrExit(Env);

await runProcess('billing', env.DRAIN_MS, () => startBilling(env));
