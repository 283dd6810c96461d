import { describe, expect, it } from '@jest/globals';
import { readPlan } from './plan.ts';

const monthly = { currency: 'EUR', prices: { core: 1000, light: 250 }, every: 'month', anchorDay: 1, timeZone: 'UTC' };
const yearly = { ...monthly, every: 'year', anchorMonth: 3 };

describe('a plan', () => {
  it('has defaults', () => {
    expect(readPlan(monthly)).toEqual({
      ...monthly,
      policy: 'available_seats',
      lightGroup: 'GURU:Light User Group',
      grace: 'same_day',
      cap: { kind: 'none' },
      billableFrom: 'provisioned',
    });
  });

  it.each([
    ['a monthly anchor of 31', { ...monthly, anchorDay: 31 }],
    ['a yearly anchor on the leap day', { ...yearly, anchorMonth: 2, anchorDay: 29 }],
    ['a currency without decimals', { ...monthly, currency: 'JPY' }],
    ['hours of grace', { ...monthly, grace: { hours: 12 } }],
    ['a cap', { ...monthly, cap: { kind: 'block', seats: 50 } }],
    ['a price of nothing', { ...monthly, prices: { core: 0, light: 0 } }],
  ])('may have %s', (_, json) => {
    expect(readPlan(json)).toMatchObject(json);
  });

  it.each([
    ['a negative price', { ...monthly, prices: { core: -1, light: 0 } }, /prices\.core is a whole number/],
    ['half a cent', { ...monthly, prices: { core: 0.5, light: 0 } }, /prices\.core is a whole number/],
    ['no price of a class', { ...monthly, prices: { core: 1 } }, /prices\.light/],
    ['a class nobody knows', { ...monthly, prices: { core: 1, light: 1, gold: 1 } }, /prices\.gold is not known/],
    ['an unknown currency', { ...monthly, currency: 'EUX' }, /ISO 4217/],
    ['a currency in small letters', { ...monthly, currency: 'eur' }, /ISO 4217/],
    ['an unknown zone', { ...monthly, timeZone: 'Europe/Atlantis' }, /timeZone is not one of IANA/],
    ['an offset for a zone', { ...monthly, timeZone: '+01:00' }, /timeZone is not one of IANA/],
    ['31 February', { ...yearly, anchorMonth: 2, anchorDay: 31 }, /anchorDay 31 never comes in month 2: at most 29/],
    ['31 April', { ...yearly, anchorMonth: 4, anchorDay: 31 }, /anchorDay 31 never comes in month 4: at most 30/],
    ['day 0', { ...monthly, anchorDay: 0 }, /anchorDay is a whole number from 1 to 31/],
    ['a month in a monthly plan', { ...monthly, anchorMonth: 2 }, /belongs to a yearly plan/],
    ['no month in a yearly plan', { ...monthly, every: 'year' }, /anchorMonth of a yearly plan/],
    ['another period', { ...monthly, every: 'week' }, /every is month or year/],
    ['another policy', { ...monthly, policy: 'free' }, /policy is one of/],
    ['endless grace', { ...monthly, grace: { hours: 1000 } }, /grace is/],
    ['a cap of nothing', { ...monthly, cap: { kind: 'block', seats: 0 } }, /cap is/],
    ['a cap without a number', { ...monthly, cap: { kind: 'alert' } }, /cap is/],
    ['another start of billing', { ...monthly, billableFrom: 'never' }, /billableFrom is/],
    ['a misspelt property', { ...monthly, timezone: 'UTC' }, /timezone is not known/],
    ['no content', null, /not a JSON object/],
    ['a list', [], /not a JSON object/],
  ])('cannot have %s', (_, json, problem) => {
    expect(() => readPlan(json)).toThrow(problem);
  });

  it('is told all that is wrong with it at once', () => {
    expect(() => readPlan({ ...monthly, currency: 'X', timeZone: 'Y' })).toThrow(/ISO 4217.*IANA/);
  });
});
