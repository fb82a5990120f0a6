import assert from 'node:assert/strict';
import test from 'node:test';

import { differences, entry_differences } from './compare.mjs';

const heard = (...texts) => ({ frames: texts.map((text) => ({ text, shown: JSON.parse(text) })) });
const hear = (...frames) => ({ hear: 'a', frames });
const count = (expected, actual) => entry_differences(expected, actual, 'step').length;

test('the order of keys does not matter, everything else does', () => {
  assert.deepEqual(differences({ a: 1, b: [true, null] }, { b: [true, null], a: 1 }), []);
  for (const other of [{ a: 1 }, { a: 1, b: [true] }, { a: '1', b: [true, null] }, [], null]) {
    assert.notDeepEqual(differences({ a: 1, b: [true, null] }, other), []);
  }
});

test('a missing key is not null, and an object is not an array', () => {
  assert.equal(differences({ a: null }, {}).length, 1);
  assert.equal(differences({}, []).length, 1);
  assert.equal(differences([], {}).length, 1);
});

test('a placeholder takes its own kind only', () => {
  assert.deepEqual(differences('<timestamp>', '2024-01-01T00:00:00.123Z'), []);
  assert.equal(differences('<timestamp>', '2024-01-01 00:00:00').length, 1);
  assert.deepEqual(differences('<ms>', 1700000000000), []);
  assert.equal(differences('<ms>', '1700000000000').length, 1);
  assert.equal(differences('<text>', '').length, 1);
});

test('a list of errors has the path asked for, and messages', () => {
  const id = { path: '/id', message: 'm' };
  assert.deepEqual(differences('<errors:/id>', [{ path: '', message: 'm' }, id]), []);
  assert.equal(differences('<errors:/id>', [{ path: '', message: 'm' }]).length, 1);
  assert.equal(differences('<errors:/id>', [id, { path: '/id' }]).length, 1);
  assert.equal(differences('<errors:>', []).length, 1);
});

test('messages are compared by number and order', () => {
  assert.equal(count(hear([1], [2]), heard('[1]', '[2]')), 0);
  assert.notEqual(count(hear([1], [2]), heard('[2]', '[1]')), 0);
  assert.notEqual(count(hear([1]), heard('[1]', '[2]')), 0);
  assert.notEqual(count(hear([1]), heard()), 0);
});

test('holds looks at the bytes', () => {
  assert.equal(count(hear({ holds: '{"n":1.50}' }), heard('[null,{"n":1.50}]')), 0);
  assert.equal(count(hear({ holds: '{"n":1.50}' }), heard('[null,{"n":1.5}]')), 1);
});

test('the code after a malformed message is free, but must bring a client back', () => {
  const expected = { ended: 'a', closed: true, code: 1011 };
  assert.equal(count(expected, { ended: 'a', closed: true, code: 1007 }), 0);
  for (const code of [1000, 1005, 1006]) {
    assert.equal(count(expected, { ended: 'a', closed: true, code }), 1);
  }
  assert.notEqual(count(expected, { ended: 'a', closed: false }), 0);
  assert.equal(count({ ...expected, code: 1009 }, { ended: 'a', closed: true, code: 1011 }), 1);
});

test('of an HTTP answer from 400 on only the status counts', () => {
  const answer = (status, headers, body) => ({ http: { status, headers, body } });
  assert.equal(count(answer(404, { x: '1' }, 'a'), answer(404, {}, 'b')), 0);
  assert.equal(count(answer(404, {}, ''), answer(400, {}, '')), 1);
  assert.equal(count(answer(200, { 'cache-control': 'x' }, {}), answer(200, { more: '1' }, {})), 0);
  assert.equal(count(answer(200, { x: '1' }, {}), answer(200, {}, {})), 1);
  assert.equal(count(answer(200, {}, { a: 1 }), answer(200, {}, { a: 2 })), 1);
});
