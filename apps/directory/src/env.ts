import { IsInt, IsUrl, Max, Min } from 'class-validator';
import { ServiceEnv } from '#rabbit/service-env';

/** What the directory needs to know to start. */
export class Env extends ServiceEnv {
  @IsUrl({ protocols: ['postgres', 'postgresql'], require_tld: false })
  DATABASE_URL!: string;

  /** health only: commands come from the broker */
  override PORT = 7302;

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
