export interface Balancer {
  readonly url: string;
  /** Asks every replica now whether it is ready. */
  check(): Promise<void>;
  close(): Promise<void>;
}

/** One port in front of the replicas of an HTTP service, for development and tests. */
export function startBalancer(options: { port: number; targets: string[] }): Promise<Balancer>;
