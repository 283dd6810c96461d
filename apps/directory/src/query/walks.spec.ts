import { expect, it } from '@jest/globals';
import { Walks } from './walks.ts';

const stand = { position: { key: null, id: 'a' }, total: 7, newest: 'today' };

it('a walk goes on where it stood, unless the list has changed', () => {
  const walks = new Walks();
  walks.remember('list', 101, stand);
  expect(walks.find('list', 101, { total: 7, newest: 'today' })).toBe(stand.position);
  expect(walks.find('list', 100, { total: 7, newest: 'today' })).toBeUndefined();
  expect(walks.find('other', 101, { total: 7, newest: 'today' })).toBeUndefined();
  expect(walks.find('list', 101, { total: 8, newest: 'today' })).toBeUndefined();
  expect(walks.find('list', 101, { total: 7, newest: 'tomorrow' })).toBeUndefined();
});

it('the oldest walks are forgotten', () => {
  const walks = new Walks(2);
  for (const list of ['one', 'two', 'three']) walks.remember(list, 101, stand);
  expect(walks.find('one', 101, stand)).toBeUndefined();
  expect(walks.find('three', 101, stand)).toBe(stand.position);
});
