export interface Balancer {
  readonly url: string;
  close(): Promise<void>;
}

/** One port in front of the replicas of an HTTP service, for development and tests. */
export function startBalancer(options: { port: number; targets: string[] }): Promise<Balancer>;
