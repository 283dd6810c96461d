import type { MessageHandler } from '@nestjs/microservices';
import { lastValueFrom } from 'rxjs';
import { metrics } from '#runtime/metrics';
import type { Answer } from './answer.ts';
import type { RabbitConnection } from './connection.ts';
import { RabbitServer, type RabbitServerOptions } from './server.ts';

/** A server that tells the metrics how many commands it works on, how it answered them and how long that took. */
export class MeasuredServer extends RabbitServer {
  private working = 0;
  private readonly answered = metrics.counter('rollcall_commands_total', 'Commands answered.', { labelled: true });
  private readonly took = metrics.histogram('rollcall_command_seconds', 'From taking up a command to its answer.');

  constructor(connection: RabbitConnection, options: RabbitServerOptions) {
    super(connection, options);
    metrics.gauge('rollcall_commands_in_flight', 'Commands being worked on.', () => this.working);
  }

  override addHandler(
    pattern: string,
    callback: MessageHandler,
    isEventHandler = false,
    extras: Record<string, unknown> = {},
  ): void {
    const handler = isEventHandler ? callback : this.measured(pattern, callback);
    super.addHandler(pattern, handler, isEventHandler, extras);
  }

  private measured(pattern: string, callback: MessageHandler): MessageHandler {
    return async (data, context) => {
      const began = performance.now();
      this.working += 1;
      let status = 500;
      try {
        const answer: Answer | undefined = await lastValueFrom(
          this.transformToObservable(await callback(data, context)),
          { defaultValue: undefined },
        );
        status = answer?.status ?? 204;
        return answer as never;
      } finally {
        this.working -= 1;
        this.answered.add(1, { pattern, status: String(status) });
        this.took.observe((performance.now() - began) / 1e3, { pattern });
      }
    };
  }
}
