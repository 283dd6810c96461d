import { IsIn, IsInt, IsUrl, Matches, Max, Min } from 'class-validator';
import { LEAST_RETENTION_DAYS } from '#outbox/once';
import { ServiceEnv } from '#rabbit/service-env';

/** What billing needs to know to start. */
export class Env extends ServiceEnv {
  @IsUrl({ protocols: ['postgres', 'postgresql'], require_tld: false })
  DATABASE_URL!: string;

  override PORT = 7301;

  /** days that events are kept for replay, and for webhook endpoints that do not take them, after they were published */
  @IsInt()
  @Min(7, {
    message:
      'must not be less than 7: a webhook endpoint that fails is tried for three days, and goes on where it stopped when it is enabled again',
  })
  @Max(3_650)
  OUTBOX_RETENTION_DAYS: number = 400;

  /** days that an applied event is known to have been; longer than the directory keeps its events and they wait in queues */
  @IsInt()
  @Min(LEAST_RETENTION_DAYS)
  @Max(3_650)
  INBOX_RETENTION_DAYS: number = 430;

  /** webhooks may go to http and to addresses that are not public: for development and tests */
  @IsIn(['true', 'false'])
  ALLOW_INSECURE_WEBHOOKS: string = 'false';

  /**
   * what the secrets of webhooks are sealed by in the database: keys of 32 bytes, base64, with a comma between two. The first
   * one seals, all of them open; without any they are kept as they are
   */
  @Matches(/^(?:[A-Za-z0-9+/]{43}=(?:,(?!$)|$))*$/, {
    message: 'keys of 32 bytes as base64, with a comma between two: make one with openssl rand -base64 32',
  })
  WEBHOOK_KEYS: string = '';

  /** hours after which each tenant's seats are compared with the directory again; 0: never by itself */
  @IsInt()
  @Min(0)
  @Max(8_760)
  RECONCILE_HOURS: number = 24;

  /** hours after its end that a term is closed: what its last minutes brought is in it */
  @IsInt()
  @Min(0)
  @Max(168)
  TERM_CUTOFF_HOURS: number = 12;
}
