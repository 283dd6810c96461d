import { IsInt, IsString, IsUrl, Max, Min } from 'class-validator';
import { IsBrokerUrls } from '#rabbit/broker-urls';

/** What the directory needs to know to start. */
export class Env {
  /** each node of the broker, with commas between them */
  @IsBrokerUrls()
  AMQP_URL!: string;

  @IsUrl({ protocols: ['postgres', 'postgresql'], require_tld: false })
  DATABASE_URL!: string;

  /** health only: commands come from the broker */
  @IsInt()
  @Min(0)
  @Max(65_535)
  PORT: number = 7302;

  @IsString()
  HOST: string = '127.0.0.1';

  /** how long it serves on after SIGTERM, not ready any more; longer than a load balancer takes to see that */
  @IsInt()
  @Min(0)
  @Max(600_000)
  DRAIN_MS: number = 5_000;

  /** database connections; 8 to 16 are enough for one process */
  @IsInt()
  @Min(2)
  DATABASE_POOL: number = 12;

  /** commands worked on at once; what is beyond waits in the queue until its deadline */
  @IsInt()
  @Min(1)
  PREFETCH: number = 64;

  /** days that the activity log is kept */
  @IsInt()
  @Min(1)
  @Max(3_650)
  ACTIVITY_RETENTION_DAYS: number = 90;

  /** days that events are kept for replay after they were published */
  @IsInt()
  @Min(1)
  @Max(3_650)
  OUTBOX_RETENTION_DAYS: number = 400;
}
