export interface RabbitmqOptions {
  /** Holds data, password, ports, cookie and logs. Created when missing; kept between starts. */
  directory: string;
  /** Gets a line when something takes a while. */
  log?: (line: string) => void;
  /** Called when the broker ends without having been asked to. */
  onExit?: (reason: string) => void;
  /** What nodes that are to form a cluster have in common; `name` is this one's, such as `rollcall1@localhost`. */
  member?: {
    name: string;
    cookie: string;
    account: { user: string; password: string };
    /** port of the mapper that an earlier node has started; the first has none */
    epmd?: number;
  };
}

export interface Rabbitmq {
  /** AMQP URL with credentials. It stays the same over kill and restart. */
  readonly url: string;
  /** The management API's and page's URL with the same credentials. */
  readonly managementUrl: string;
  readonly port: number;
  readonly epmdPort: number;
  /** The process of the Erlang machine itself, not of its shell wrapper; another one after a restart. */
  readonly pid: number;
  /** Runs rabbitmqctl on this node, such as `list_queues`. Resolves with what it printed; rejects with what it complained of. */
  control(...words: string[]): Promise<string>;
  /** Orderly stop. No process is left behind. */
  stop(): Promise<void>;
  /** SIGKILL of the Erlang machine. */
  kill(): Promise<void>;
  /** Starts it again, stopped or killed or running, on the same ports with the same data. */
  restart(): Promise<void>;
}

/** A RabbitMQ node of our own on loopback. Rejects with a one-line reason that says what to do. */
export function startRabbitmq(options: RabbitmqOptions): Promise<Rabbitmq>;

/** Ends a RabbitMQ that a killed run left behind in `directory`. */
export function endLeftoverRabbitmq(directory: string): Promise<void>;
