import { Controller, Get, Inject, Injectable, Res } from '@nestjs/common';
import type { FastifyInstance, FastifyReply } from 'fastify';

/** Answers true when the process can do its work. */
export type ReadinessCheck = () => boolean | Promise<boolean>;

/** What has to be up before this process takes work. Parts register themselves by name. */
@Injectable()
export class Readiness {
  private readonly checks = new Map<string, ReadinessCheck>();
  private stopping = false;

  require(name: string, check: ReadinessCheck) {
    this.checks.set(name, check);
  }

  /** From now on this process wants no more work, whatever its parts say. */
  stop() {
    this.stopping = true;
  }

  get isStopping(): boolean {
    return this.stopping;
  }

  /** Each part's name with whether it is ready. */
  async report(): Promise<Record<string, boolean>> {
    const entries = [...this.checks].map(async ([name, check]) => [name, await isReady(check)] as const);
    return Object.fromEntries(await Promise.all(entries));
  }
}

async function isReady(check: ReadinessCheck): Promise<boolean> {
  try {
    return await check();
  } catch {
    return false;
  }
}

/**
 * Answers given while the process stops end their connection, so that a client that keeps it open opens the next one at
 * another replica. Call it before the HTTP server listens.
 */
export function endConnectionsWhenStopping(http: FastifyInstance, readiness: Readiness) {
  http.addHook('onSend', (_request, reply, payload, done) => {
    if (readiness.isStopping) reply.header('connection', 'close');
    done(null, payload);
  });
}

/**
 * `GET /health/live`: the process runs. `GET /health/ready`: 200 when every part is up and the process was not told to
 * stop, else 503 naming the parts.
 */
@Controller('health')
export class HealthController {
  constructor(@Inject(Readiness) private readonly readiness: Readiness) {}

  @Get('live')
  live() {
    return { live: true };
  }

  @Get('ready')
  async ready(@Res() reply: FastifyReply) {
    const parts = await this.readiness.report();
    const stopping = this.readiness.isStopping;
    const ready = !stopping && Object.values(parts).every(Boolean);
    return reply.status(ready ? 200 : 503).send({ ready, parts, ...(stopping && { stopping }) });
  }
}
