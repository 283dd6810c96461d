/** An environment variable that `npm test` sets for suites on real services. */
export function required(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: run the suite through npm test, which brings the services up.`);
  return value;
}
