import { Controller, Get, Inject, Injectable, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';

/** Answers true when the process can do its work. */
export type ReadinessCheck = () => boolean | Promise<boolean>;

/** What has to be up before this process takes work. Parts register themselves by name. */
@Injectable()
export class Readiness {
  private readonly checks = new Map<string, ReadinessCheck>();

  require(name: string, check: ReadinessCheck) {
    this.checks.set(name, check);
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

/** `GET /health/live`: the process runs. `GET /health/ready`: 200 when every part is up, else 503 naming the parts. */
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
    const ready = Object.values(parts).every(Boolean);
    return reply.status(ready ? 200 : 503).send({ ready, parts });
  }
}
