import { IsInt, IsString, IsUrl, Max, Min } from 'class-validator';
import { LEAST_RETENTION_DAYS } from '#outbox/once';

/** What billing needs to know to start. */
export class Env {
  @IsUrl({ protocols: ['amqp', 'amqps'], require_tld: false })
  AMQP_URL!: string;

  @IsUrl({ protocols: ['postgres', 'postgresql'], require_tld: false })
  DATABASE_URL!: string;

  /** HTTP API of the billing team, and health; 0 takes any free port */
  @IsInt()
  @Min(0)
  @Max(65_535)
  PORT: number = 7301;

  @IsString()
  HOST: string = '127.0.0.1';

  /** days that events are kept for replay after they were published */
  @IsInt()
  @Min(1)
  @Max(3_650)
  OUTBOX_RETENTION_DAYS: number = 400;

  /** days that an applied event is known to have been; longer than the directory keeps its events and they wait in queues */
  @IsInt()
  @Min(LEAST_RETENTION_DAYS)
  @Max(3_650)
  INBOX_RETENTION_DAYS: number = 430;
}
