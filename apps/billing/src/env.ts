import { IsInt, IsString, IsUrl, Max, Min } from 'class-validator';

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
}
