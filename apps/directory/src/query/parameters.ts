/** The parameters of one statement, numbered in the order in which its text is put together. */
export class Parameters {
  readonly values: unknown[];

  constructor(...first: unknown[]) {
    this.values = first;
  }

  /** The SQL that stands for `value`, as a Postgres `type`. */
  bind(value: unknown, type: string): string {
    return `$${this.values.push(value)}::${type}`;
  }

  /** A copy to put another text together with. */
  copy(): Parameters {
    return new Parameters(...this.values);
  }
}
