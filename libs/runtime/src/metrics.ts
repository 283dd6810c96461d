/** Labels of a sample, of few values each: never a tenant, a person or an id. */
export type Labels = Readonly<Record<string, string>>;

/** What a gauge shows now; undefined, or a failure, when it cannot be known, and then it is left out. */
export type Reading = () => number | undefined | Promise<number | undefined>;

/** A database that is away must not hold up the scrape. */
const READING_MS = 2_000;

/** Upper bounds in seconds: from an answer out of memory to the deadline of a command. */
const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

interface Metric {
  type: 'counter' | 'gauge' | 'histogram';
  help: string;
  samples(name: string): string[] | Promise<string[]>;
}

/** Counts what only grows. */
export class Counter implements Metric {
  readonly type = 'counter';
  private readonly values = new Map<string, number>();

  constructor(
    readonly help: string,
    /** without labels, a counter is there from the start with 0, so that its first increase is seen */
    labelled: boolean,
  ) {
    if (!labelled) this.values.set('', 0);
  }

  add(amount = 1, labels: Labels = {}): void {
    const key = labelText(labels);
    this.values.set(key, (this.values.get(key) ?? 0) + amount);
  }

  samples(name: string): string[] {
    return [...this.values].map(([labels, value]) => sample(name, labels, value));
  }
}

/** Counts durations, in seconds, by how long they took. */
export class Histogram implements Metric {
  readonly type = 'histogram';
  private readonly series = new Map<string, { counts: number[]; sum: number }>();

  constructor(readonly help: string) {}

  observe(seconds: number, labels: Labels = {}): void {
    const key = labelText(labels);
    let series = this.series.get(key);
    if (!series) {
      series = { counts: new Array(SECONDS.length + 1).fill(0), sum: 0 };
      this.series.set(key, series);
    }
    const bucket = SECONDS.findIndex((bound) => seconds <= bound);
    const index = bucket === -1 ? SECONDS.length : bucket;
    series.counts[index] = (series.counts[index] ?? 0) + 1;
    series.sum += seconds;
  }

  samples(name: string): string[] {
    return [...this.series].flatMap(([labels, { counts, sum }]) => {
      let total = 0;
      const buckets = counts.map((count, index) => {
        total += count;
        const bound = `le="${SECONDS[index] ?? '+Inf'}"`;
        return sample(`${name}_bucket`, labels ? `${labels},${bound}` : bound, total);
      });
      return [...buckets, sample(`${name}_sum`, labels, sum), sample(`${name}_count`, labels, total)];
    });
  }
}

class Read implements Metric {
  constructor(
    readonly type: 'gauge' | 'counter',
    readonly help: string,
    private readonly read: Reading,
  ) {}

  async samples(name: string): Promise<string[]> {
    const value = await inTime(this.read);
    return value === undefined ? [] : [sample(name, '', value)];
  }
}

/**
 * What a process tells of itself, in the text format of Prometheus (version 0.0.4). Whoever measures asks for a metric by
 * its name and gets the one that is there. The format is small and does not change, so it is written here: the usual client
 * library has had no release since 2024 and looks for maintainers, the exporter of OpenTelemetry is not at 1.0 and brings
 * six packages.
 */
export class Metrics {
  private readonly metrics = new Map<string, Metric>();

  counter(name: string, help: string, { labelled = false } = {}): Counter {
    return this.known(name, Counter, () => new Counter(help, labelled));
  }

  histogram(name: string, help: string): Histogram {
    return this.known(name, Histogram, () => new Histogram(help));
  }

  /** A value that is read when somebody looks; the newest reading of a name counts. */
  gauge(name: string, help: string, read: Reading): void {
    this.metrics.set(name, new Read('gauge', help, read));
  }

  /** The same of a value that only grows. */
  total(name: string, help: string, read: Reading): void {
    this.metrics.set(name, new Read('counter', help, read));
  }

  async text(): Promise<string> {
    const parts = [...this.metrics].map(async ([name, metric]) => {
      const samples = await metric.samples(name);
      if (samples.length === 0) return '';
      return `# HELP ${name} ${metric.help}\n# TYPE ${name} ${metric.type}\n${samples.join('')}`;
    });
    return (await Promise.all(parts)).join('');
  }

  private known<M extends Metric>(name: string, kind: abstract new (...args: never[]) => M, make: () => M): M {
    const metric = this.metrics.get(name);
    if (metric instanceof kind) return metric;
    if (metric) throw new Error(`${name} is a ${metric.type} already`);
    const made = make();
    this.metrics.set(name, made);
    return made;
  }
}

/** Those of this process. */
export const metrics = new Metrics();

async function inTime(read: Reading): Promise<number | undefined> {
  const { promise: late, resolve } = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => resolve(undefined), READING_MS);
  try {
    return await Promise.race([read(), late]);
  } catch {
    return undefined;
  } finally {
    clearTimeout(timer);
  }
}

function sample(name: string, labels: string, value: number): string {
  return `${name}${labels && `{${labels}}`} ${value}\n`;
}

function labelText(labels: Labels): string {
  return Object.entries(labels)
    .map(
      ([name, value]) => `${name}="${value.replace(/[\\"\n]/g, (found) => (found === '\n' ? '\\n' : `\\${found}`))}"`,
    )
    .join(',');
}
