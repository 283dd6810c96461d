import { createHash } from 'node:crypto';

/** A person as Okta's directory knows them. Names may hold any letter; logins are plain ASCII. */
export interface Person {
  /** Okta's own user id: `00u` and 17 letters or digits. */
  externalId: string;
  /** The userName, an email address of a reserved domain (RFC 2606). */
  login: string;
  givenName: string;
  familyName: string;
  displayName: string;
  locale: string;
  title: string;
  department: string;
  employeeNumber: string;
}

const givenNames = [
  'Ada', 'Amara', 'Anders', 'Björn', 'Camille', 'Chidi', 'Dana', 'Elif', 'Emeka', 'Fatima',
  'Giulia', 'Hana', 'Hugo', 'Ines', 'Jamal', 'Jürgen', 'Kavita', 'Kenji', 'Leïla', 'Łukasz',
  'Mateo', 'Mei', 'Noor', 'Oskar', 'Priya', 'Quentin', 'Rosa', 'Søren', 'Tomás', 'Zoë',
] as const; // biome-ignore format: a table
const familyNames = [
  'Abbott',
  'Almeida',
  'Bauer',
  'Chen',
  'Dubois',
  'Eriksson',
  'Ferrari',
  'García',
  'Haddad',
  'Ito',
  'Jansen',
  'Kowalski',
  'Lindqvist',
  'Müller',
  'Nakamura',
  'Novák',
  "O'Brien",
  'Okafor',
  'Patel',
  'Quist',
  'Rossi',
  'Sánchez',
  'Silva',
  'Şahin',
  'Tanaka',
  'Ueda',
  'van Dijk',
  'Weber',
  'Yılmaz',
  'Zhang',
] as const;
const jobs = [
  ['Sales', 'Account Executive'],
  ['Engineering', 'Software Engineer'],
  ['Support', 'Support Specialist'],
  ['Finance', 'Accountant'],
  ['People', 'Recruiter'],
  ['Marketing', 'Content Lead'],
] as const;
const locales = ['en-US', 'en-GB', 'de-DE', 'fr-FR', 'pl-PL', 'ja-JP'] as const;
const domains = ['example.com', 'example.org'] as const;
const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/**
 * The nth person of a seed, always the same one. Distinct `n` or seeds give distinct logins and ids.
 * @param n counted from 0
 * @param seed kept to ASCII letters, digits and hyphens, since it becomes part of the login
 */
export function person(n: number, seed = ''): Person {
  const digest = createHash('sha256').update(`${seed}\n${n}`).digest();
  const pick = <T>(list: readonly T[], byte: number): T => list[(digest[byte] ?? 0) % list.length] as T;
  const givenName = pick(givenNames, 0);
  const familyName = pick(familyNames, 1);
  const [department, title] = pick(jobs, 2);
  const serial = seed === '' ? String(n) : `${seed}.${n}`;
  return {
    externalId: `00u${Array.from(digest.subarray(8, 25), (byte) => alphabet[byte % alphabet.length]).join('')}`,
    login: `${ascii(givenName)}.${ascii(familyName)}.${serial}@${pick(domains, 4)}`,
    givenName,
    familyName,
    displayName: `${givenName} ${familyName}`,
    locale: pick(locales, 3),
    title,
    department,
    employeeNumber: String(100_000 + n),
  };
}

/** The first `count` people of a seed. */
export function people(count: number, seed = ''): Person[] {
  return Array.from({ length: count }, (_, n) => person(n, seed));
}

/** The throw-away password Okta always sends along with a create, whether or not it is wanted. */
export function placeholderPassword(who: Person): string {
  const digest = createHash('sha256').update(`password of ${who.externalId}`).digest();
  return Array.from(digest.subarray(0, 12), (byte) => alphabet[byte % alphabet.length]).join('');
}

function ascii(name: string): string {
  return name
    .replace(/[ıŁłØø]/g, (letter) => ({ ı: 'i', Ł: 'L', ł: 'l', Ø: 'O', ø: 'o' })[letter] ?? letter)
    .normalize('NFD')
    .replace(/[^A-Za-z]/g, '')
    .toLowerCase();
}
