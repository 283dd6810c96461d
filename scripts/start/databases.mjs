/**
 * Creates the services' databases when they are missing.
 *
 * @param {string} serverUrl URL of any database of the server, with the right to create others
 * @param {readonly string[]} names
 * @returns {Promise<string[]>} the URL of each
 */
export async function ensureDatabases(serverUrl, names) {
  const { default: pg } = await import('pg');
  const client = new pg.Client({ connectionString: serverUrl });
  await client.connect();
  try {
    const { rows } = await client.query('select datname from pg_database');
    const existing = new Set(rows.map((row) => row.datname));
    for (const name of names) {
      if (!existing.has(name)) await client.query(`create database ${client.escapeIdentifier(name)}`);
    }
  } finally {
    await client.end();
  }
  return names.map((name) => {
    const url = new URL(serverUrl);
    url.pathname = `/${name}`;
    return url.href;
  });
}
