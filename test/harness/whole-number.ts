/** A whole number from 1, as a command line gives it. @throws Error saying what it is not */
export function wholeNumber(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new Error(`'${text}' is not a whole number from 1`);
}
