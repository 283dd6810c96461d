import { describe, expect, it } from '@jest/globals';
import { people, person } from './people.ts';

describe('people', () => {
  it('are the same for the same seed', () => {
    expect(people(3, 'a')).toEqual([person(0, 'a'), person(1, 'a'), person(2, 'a')]);
  });

  it('have distinct ids and logins, of reserved domains and in plain ASCII', () => {
    const all = [...people(2_000, 'a'), ...people(2_000, 'b'), ...people(2_000)];
    expect(new Set(all.map(({ externalId }) => externalId)).size).toBe(6_000);
    expect(new Set(all.map(({ login }) => login)).size).toBe(6_000);
    for (const { login, externalId } of all) {
      expect(login).toMatch(/^[a-z]+\.[a-z]+\.([ab]\.)?\d+@example\.(com|org)$/);
      expect(externalId).toMatch(/^00u[0-9A-Za-z]{17}$/);
    }
  });
});
