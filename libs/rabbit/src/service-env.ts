import { IsInt, IsString, Max, Min } from 'class-validator';
import { IsBrokerUrls } from './broker-urls.ts';

/** What every service needs to know to start; each adds its own. */
export abstract class ServiceEnv {
  /** each node of the broker, with commas between them */
  @IsBrokerUrls()
  AMQP_URL!: string;

  /** of its HTTP: the API where it has one, and health; 0 takes any free port */
  @IsInt()
  @Min(0)
  @Max(65_535)
  PORT: number = 0;

  @IsString()
  HOST: string = '127.0.0.1';

  /** how long it serves on after SIGTERM, not ready any more; longer than a load balancer takes to see that */
  @IsInt()
  @Min(0)
  @Max(600_000)
  DRAIN_MS: number = 5_000;
}
