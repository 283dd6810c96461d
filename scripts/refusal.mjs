/**
 * Something a person can mend. Its message is one line that says what is wrong and what to do; it is printed
 * without a stack trace.
 */
export class Refusal extends Error {
  name = 'Refusal';
}

/**
 * Prints an error the way every script here does and gives the exit code for it.
 *
 * A Refusal is its message. Anything else is a fault of ours, and says how to see the stack.
 *
 * @param {unknown} error
 * @returns {1}
 */
export function report(error) {
  const known = error instanceof Refusal;
  if (process.env.DEBUG === '1') {
    console.error(error);
  } else if (known) {
    console.error(error.message);
  } else {
    const message = error instanceof Error ? error.message : String(error);
    console.error(`Unexpected: ${message.split('\n')[0]} (run again with DEBUG=1 to see where)`);
  }
  return 1;
}

/**
 * The last lines of a log, indented, to be put under a message.
 *
 * @param {string} text
 * @param {number} [count]
 * @returns {string}
 */
export function lastLines(text, count = 15) {
  const lines = text.trimEnd().split('\n').slice(-count);
  return lines.map((line) => `    ${line}`).join('\n');
}
