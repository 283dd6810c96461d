import { IsInt, IsOptional, IsUrl, Min } from 'class-validator';
import { ServiceEnv } from '#rabbit/service-env';

/** What the gateway needs to know to start. */
export class Env extends ServiceEnv {
  override PORT = 7300;

  /** what stands before `/scim/v2` in the URLs it gives out; absent, each request's own host. Set it behind a proxy */
  @IsOptional()
  @IsUrl({ protocols: ['http', 'https'], require_protocol: true, require_tld: false })
  PUBLIC_URL?: string;

  /** how long the directory's answer is waited for; Okta gives up after 60 s */
  @IsInt()
  @Min(1)
  COMMAND_DEADLINE_MS: number = 25_000;

  /** commands on their way at once; what is beyond is refused with 503 */
  @IsInt()
  @Min(1)
  MAX_IN_FLIGHT: number = 1_000;

  /** requests of one connection that this process answers in a minute; what is beyond is refused with 429 */
  @IsInt()
  @Min(1)
  RATE_LIMIT: number = 30_000;

  /** how long good credentials are remembered; a revocation ends them at once, this is for when its event is missed */
  @IsInt()
  @Min(0)
  CREDENTIAL_TTL_MS: number = 60_000;
}
