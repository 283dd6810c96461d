import { type Dinero, type DineroCurrency, dinero, toDecimal, toSnapshot } from 'dinero.js/bigint';
import * as currencies from 'dinero.js/bigint/currencies';

const BY_CODE = new Map<string, DineroCurrency<bigint>>(
  Object.values(currencies).map((currency) => [currency.code, currency as DineroCurrency<bigint>]),
);

/** Whether it is the code of a currency of ISO 4217, in capitals. */
export function isCurrency(code: string): boolean {
  return BY_CODE.has(code);
}

/** An amount of minor units with its currency. @throws for a code that is no currency */
export function money(amount: bigint, code: string): Dinero<bigint> {
  const currency = BY_CODE.get(code);
  if (!currency) throw new Error(`${code} is not a currency of ISO 4217`);
  return dinero({ amount, currency });
}

/**
 * The sum in minor units. Amounts of other currencies cannot come in: there is one code for all of them. The integers are
 * added as such; a money object for each of a hundred thousand lines costs more than all the rest of an invoice.
 */
export function sum(amounts: Iterable<bigint>, code: string): bigint {
  let total = 0n;
  for (const amount of amounts) total += amount;
  return toSnapshot(money(total, code)).amount;
}

/** As people write it, with as many decimals as the currency has: `12.50`, and `1250` for yen. */
export function decimal(amount: bigint, code: string): string {
  return toDecimal(money(amount, code));
}

/**
 * The one rounding rule: a line's amount is price × days ÷ days of the full period, rounded once to the minor unit, half a
 * unit up. Sums are of rounded amounts and are not rounded again; a credit is a charge of the same days, taken off.
 *
 * @param price of a full period, minor units, not negative
 */
export function prorated(price: bigint, days: number, fullDays: number): bigint {
  const full = BigInt(fullDays);
  return (2n * price * BigInt(days) + full) / (2n * full);
}
