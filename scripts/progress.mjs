/**
 * Runs a step and prints its name, what it says meanwhile, and how long it took.
 *
 * @template T
 * @param {string} name
 * @param {(say: (line: string) => void) => T | Promise<T>} work
 * @returns {Promise<T>}
 */
export async function step(name, work) {
  const start = performance.now();
  const say = (/** @type {string} */ line) => console.log(`    ${line}`);
  try {
    const result = await work(say);
    console.log(`  ok   ${name.padEnd(14)} ${seconds(performance.now() - start)}`);
    return result;
  } catch (error) {
    console.log(`  FAIL ${name.padEnd(14)} ${seconds(performance.now() - start)}`);
    throw error;
  }
}

/** @param {number} milliseconds */
export function seconds(milliseconds) {
  return `${(milliseconds / 1000).toFixed(1)} s`.padStart(7);
}
