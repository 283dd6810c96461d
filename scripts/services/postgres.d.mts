export interface PostgresOptions {
  /** Holds the data, the superuser's password and the log. Created when missing; kept between starts. */
  directory: string;
  /** Gets a line when something takes a while. */
  log?: (line: string) => void;
  /** Called when the server ends without having been asked to. */
  onExit?: (reason: string) => void;
}

export interface Postgres {
  /** Superuser URL of the database `postgres`. It stays the same over kill and restart. */
  readonly url: string;
  readonly port: number;
  /** The server's own process; another one after a restart. */
  readonly pid: number;
  /** Fast shutdown: sessions end, everything is on disk. */
  stop(): Promise<void>;
  /** SIGKILL of the server and every session, as when the machine loses power. */
  kill(): Promise<void>;
  /** Starts it again, stopped or killed or running, on the same port with the same data. */
  restart(): Promise<void>;
}

/** A Postgres of our own on a free loopback port. Rejects with a one-line reason that says what to do. */
export function startPostgres(options: PostgresOptions): Promise<Postgres>;

/** Ends a Postgres that a killed run left behind in `directory`. */
export function endLeftoverPostgres(directory: string): Promise<void>;
