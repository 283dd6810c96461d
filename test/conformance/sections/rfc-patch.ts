import type { Section } from '../case.ts';
import {
  aboutUser,
  ENTERPRISE,
  givenUser,
  NOBODY,
  noChange,
  notPatched,
  one,
  PATCH_OP,
  patched,
  patchOp,
  USER,
  user,
} from '../messages.ts';

const work = { value: 'w@example.com', type: 'work', primary: true };
const home = { value: 'h@example.com', type: 'home' };
const both = { emails: [work, home] };
const named = { name: { givenName: 'G', familyName: 'F' } };
const staff = { [ENTERPRISE]: { department: 'D', employeeNumber: '1' } };

/** RFC 7644 §3.5.2.1. */
// biome-ignore format: one case a line
const add = [
  patched('add a simple attribute', {}, [{ op: 'add', path: 'title', value: 'T' }], { title: 'T' }),
  patched('add to one that has a value replaces it', { title: 'A' }, [{ op: 'add', path: 'title', value: 'B' }], { title: 'B' }),
  patched('add without a path', {}, [{ op: 'add', value: { title: 'T', nickName: 'N' } }], { title: 'T', nickName: 'N' }),
  patched('add a sub-attribute', { name: { familyName: 'F' } }, [{ op: 'add', path: 'name.givenName', value: 'G' }], named),
  patched('add a sub-attribute of what is not there', {}, [{ op: 'add', path: 'name.givenName', value: 'G' }], { name: { givenName: 'G' } }),
  patched('add of a complex attribute merges', { name: { familyName: 'F' } }, [{ op: 'add', path: 'name', value: { givenName: 'G' } }], named),
  patched('add one value to a multi-valued attribute', { emails: [work] }, [{ op: 'add', path: 'emails', value: [home] }], both),
  patched('add one value that is not in a list', { emails: [work] }, [{ op: 'add', path: 'emails', value: home }], both),
  patched('add a multi-valued attribute without a path keeps the others', { emails: [work] }, [{ op: 'add', value: { emails: [home] } }], both),
  patched('add two values', {}, [{ op: 'add', path: 'emails', value: [work, home] }], both),
  patched('add of a value that is there adds none', both, [{ op: 'add', path: 'emails', value: [home] }], { emails: { '<count>': 2 } }),
  patched('add of the same value with another type is another value', { emails: [home] }, [{ op: 'add', path: 'emails', value: [{ value: 'h@example.com', type: 'other' }] }], { emails: { '<count>': 2 } }),
  patched('add of a primary value takes it from the other', { emails: [work] }, [{ op: 'add', path: 'emails', value: [{ ...home, primary: true }] }], { emails: [{ value: 'w@example.com', primary: false }, { value: 'h@example.com', primary: true }] }),
  patched('add to the values a filter matches', both, [{ op: 'add', path: 'emails[type eq "home"].display', value: 'D' }], { emails: [{ display: '<absent>' }, { display: 'D' }] }),
  patched('add an object to the value a filter matches merges', both, [{ op: 'add', path: 'emails[type eq "home"]', value: { display: 'D' } }], { emails: [work, { ...home, display: 'D' }] }),
  patched('add an extension attribute by its path', {}, [{ op: 'add', path: `${ENTERPRISE}:department`, value: 'D' }], { schemas: { '<same>': [USER, ENTERPRISE] }, [ENTERPRISE]: { department: 'D' } }),
  patched('add an extension as a key', {}, [{ op: 'add', value: { [ENTERPRISE]: { department: 'D' } } }], { schemas: { '<same>': [USER, ENTERPRISE] }, [ENTERPRISE]: { department: 'D' } }),
  patched('add an extension by its URN as the path', {}, [{ op: 'add', path: ENTERPRISE, value: { department: 'D' } }], { [ENTERPRISE]: { department: 'D' } }),
  patched('add a sub-attribute of an extension', {}, [{ op: 'add', path: `${ENTERPRISE}:manager.value`, value: 'm' }], { [ENTERPRISE]: { manager: { value: 'm' } } }),
  patched('add a URN-qualified core attribute', {}, [{ op: 'add', path: `${USER}:name.givenName`, value: 'G' }], { name: { givenName: 'G' } }),
  patched('add with the path in another case', {}, [{ op: 'add', path: 'NAME.givenname', value: 'G' }], { name: { givenName: 'G' } }),
  patched('add null adds nothing', { title: 'T' }, [{ op: 'add', path: 'title', value: null }], { title: 'T' }),
  patched('add an empty list adds nothing', { emails: [work] }, [{ op: 'add', path: 'emails', value: [] }], { emails: [work] }),
  notPatched('add without a value', {}, [{ op: 'add', path: 'title' }], 'invalidValue'),
  notPatched('add with a filter that matches nothing', both, [{ op: 'add', path: 'emails[type eq "other"].value', value: 'x@example.com' }], 'noTarget'),
  notPatched('add of a value of the wrong type', {}, [{ op: 'add', path: 'title', value: 5 }], 'invalidValue'),
  notPatched('add without a path of a text', {}, [{ op: 'add', value: 'T' }], 'invalidValue'),
  notPatched('add of two primary values', {}, [{ op: 'add', path: 'emails', value: [work, { ...home, primary: true }] }], 'invalidValue'),
];

/** RFC 7644 §3.5.2.2. */
// biome-ignore format: one case a line
const remove = [
  patched('remove a simple attribute', { title: 'T' }, [{ op: 'remove', path: 'title' }], { title: '<absent>' }),
  patched('remove a complex attribute', named, [{ op: 'remove', path: 'name' }], { name: '<absent>' }),
  patched('remove a sub-attribute', named, [{ op: 'remove', path: 'name.givenName' }], { name: { familyName: 'F', givenName: '<absent>' } }),
  patched('remove the last sub-attribute: the attribute is unassigned', { name: { givenName: 'G' } }, [{ op: 'remove', path: 'name.givenName' }], { name: '<absent>' }),
  patched('remove a multi-valued attribute', both, [{ op: 'remove', path: 'emails' }], { emails: '<absent>' }),
  patched('remove the values a filter matches', both, [{ op: 'remove', path: 'emails[type eq "work"]' }], { emails: [home] }),
  patched('remove the last value: the attribute is unassigned', { emails: [work] }, [{ op: 'remove', path: 'emails[value eq "w@example.com"]' }], { emails: '<absent>' }),
  patched('remove with a filter of two conditions', both, [{ op: 'remove', path: 'emails[type eq "home" and value ew "example.com"]' }], { emails: [work] }),
  patched('remove with a filter with or and not', both, [{ op: 'remove', path: 'emails[type eq "other" or not (type eq "work")]' }], { emails: [work] }),
  patched('remove a sub-attribute of the values a filter matches', both, [{ op: 'remove', path: 'emails[type eq "home"].type' }], { emails: [work, { value: 'h@example.com', type: '<absent>' }] }),
  patched('remove with a filter that matches nothing changes nothing', both, [{ op: 'remove', path: 'emails[type eq "other"]' }], both),
  patched('remove an extension attribute', staff, [{ op: 'remove', path: `${ENTERPRISE}:department` }], { [ENTERPRISE]: { employeeNumber: '1', department: '<absent>' } }),
  patched('remove a whole extension', staff, [{ op: 'remove', path: ENTERPRISE }], { [ENTERPRISE]: '<absent>', schemas: [USER] }),
  patched('remove the last attribute of an extension takes its URN from schemas', { [ENTERPRISE]: { department: 'D' } }, [{ op: 'remove', path: `${ENTERPRISE}:department` }], { [ENTERPRISE]: '<absent>', schemas: [USER] }),
  notPatched('remove without a path', { title: 'T' }, [{ op: 'remove' }], 'noTarget'),
  notPatched('remove a required attribute', {}, [{ op: 'remove', path: 'userName' }], 'mutability'),
  notPatched('remove a read-only attribute', {}, [{ op: 'remove', path: 'meta' }], 'mutability'),
  notPatched('remove the id', {}, [{ op: 'remove', path: 'id' }], 'mutability'),
  notPatched('remove an unknown attribute', {}, [{ op: 'remove', path: 'shoeSize' }], 'invalidPath'),
  noChange('remove of what is not there', {}, [{ op: 'remove', path: 'title' }]),
];

/** RFC 7644 §3.5.2.3. */
// biome-ignore format: one case a line
const replace = [
  patched('replace a simple attribute', { title: 'A' }, [{ op: 'replace', path: 'title', value: 'B' }], { title: 'B' }),
  patched('replace of what is not there adds it', {}, [{ op: 'replace', path: 'title', value: 'B' }], { title: 'B' }),
  patched('replace without a path', { title: 'A', nickName: 'N' }, [{ op: 'replace', value: { title: 'B' } }], { title: 'B', nickName: 'N' }),
  patched('replace of a complex attribute merges', named, [{ op: 'replace', path: 'name', value: { givenName: 'H' } }], { name: { givenName: 'H', familyName: 'F' } }),
  patched('replace of a complex attribute without a path merges', named, [{ op: 'replace', value: { name: { givenName: 'H' } } }], { name: { givenName: 'H', familyName: 'F' } }),
  patched('replace a sub-attribute', named, [{ op: 'replace', path: 'name.givenName', value: 'H' }], { name: { givenName: 'H', familyName: 'F' } }),
  patched('replace a multi-valued attribute: only the new values', both, [{ op: 'replace', path: 'emails', value: [{ value: 'n@example.com' }] }], { emails: [{ value: 'n@example.com' }] }),
  patched('replace a multi-valued attribute without a path', both, [{ op: 'replace', value: { emails: [home] } }], { emails: [home] }),
  patched('replace with an empty list clears', both, [{ op: 'replace', path: 'emails', value: [] }], { emails: '<absent>' }),
  patched('replace with null clears', { title: 'T' }, [{ op: 'replace', path: 'title', value: null }], { title: '<absent>' }),
  patched('replace the value a filter matches, whole', both, [{ op: 'replace', path: 'emails[type eq "work"]', value: { value: 'n@example.com', type: 'other' } }], { emails: [{ value: 'n@example.com', type: 'other', primary: '<absent>' }, home] }),
  patched('replace a sub-attribute of the value a filter matches', both, [{ op: 'replace', path: 'emails[type eq "work"].value', value: 'n@example.com' }], { emails: [{ ...work, value: 'n@example.com' }, home] }),
  patched('a filter ignores case where the attribute does', both, [{ op: 'replace', path: 'emails[TYPE EQ "WORK"].value', value: 'n@example.com' }], { emails: [{ ...work, value: 'n@example.com' }, home] }),
  patched('replace primary of one value takes it from the other', both, [{ op: 'replace', path: 'emails[type eq "home"].primary', value: true }], { emails: [{ value: 'w@example.com', primary: false }, { value: 'h@example.com', primary: true }] }),
  patched('a filter on primary', both, [{ op: 'replace', path: 'emails[primary eq true].value', value: 'n@example.com' }], { emails: [{ value: 'n@example.com' }, home] }),
  patched('replace an extension attribute', staff, [{ op: 'replace', path: `${ENTERPRISE}:department`, value: 'E' }], { [ENTERPRISE]: { department: 'E', employeeNumber: '1' } }),
  patched('replace an extension without a path merges', staff, [{ op: 'replace', value: { [ENTERPRISE]: { department: 'E' } } }], { [ENTERPRISE]: { department: 'E', employeeNumber: '1' } }),
  patched('replace the userName', {}, [{ op: 'replace', path: 'userName', value: 'new{{n}}@example.com' }], { userName: 'new{{n}}@example.com' }),
  patched('replace active', {}, [{ op: 'replace', path: 'active', value: false }], { active: false }),
  patched('replace active without a path, as Okta does', {}, [{ op: 'replace', value: { active: false } }], { active: false }),
  patched('a password is taken and not kept', {}, [{ op: 'replace', value: { password: 'n3w' } }], { password: '<absent>' }),
  patched('id in an object without a path is ignored', {}, [{ op: 'replace', value: { id: NOBODY, title: 'T' } }], { id: '{{id}}', title: 'T' }),
  notPatched('replace with a filter that matches nothing', both, [{ op: 'replace', path: 'emails[type eq "other"].value', value: 'x@example.com' }], 'noTarget'),
  notPatched('replace with a filter on what has no values', {}, [{ op: 'replace', path: 'emails[type eq "work"]', value: home }], 'noTarget'),
  notPatched('replace the id', {}, [{ op: 'replace', path: 'id', value: NOBODY }], 'mutability'),
  notPatched('replace meta.version', {}, [{ op: 'replace', path: 'meta.version', value: 'W/"1"' }], 'mutability'),
  notPatched('replace groups', {}, [{ op: 'replace', path: 'groups', value: [{ value: NOBODY }] }], 'mutability'),
  notPatched('replace a required attribute with null', {}, [{ op: 'replace', path: 'userName', value: null }], 'mutability'),
  notPatched('replace the userName by what is no email address', {}, [{ op: 'replace', path: 'userName', value: 'x' }], 'invalidValue'),
  notPatched('replace with two primary values', {}, [{ op: 'replace', path: 'emails', value: [work, { ...home, primary: true }] }], 'invalidValue'),
  notPatched('replace without a value', {}, [{ op: 'replace', path: 'title' }], 'invalidValue'),
  { name: 'replace the userName by one that is taken', steps: [{ request: 'POST /Users', body: user({ userName: 'taken{{n}}@example.com' }), status: 201 }, givenUser(), { request: 'PATCH /Users/{{id}}', body: patchOp({ op: 'replace', path: 'userName', value: 'taken{{n}}@example.com' }), status: 409, expect: { scimType: 'uniqueness' } }] },
];

/** RFC 7644 §3.5.2. */
// biome-ignore format: one case a line
const everywhere = [
  patched('operations are applied in order', {}, [{ op: 'add', path: 'title', value: 'A' }, { op: 'replace', path: 'title', value: 'B' }, { op: 'add', path: 'nickName', value: 'N' }, { op: 'remove', path: 'nickName' }], { title: 'B', nickName: '<absent>' }),
  patched('what one operation made, the next can find', {}, [{ op: 'add', path: 'emails', value: [home] }, { op: 'replace', path: 'emails[type eq "home"].value', value: 'n@example.com' }], { emails: [{ value: 'n@example.com', type: 'home' }] }),
  patched('op in another case', {}, [{ op: 'ADD', path: 'title', value: 'T' }], { title: 'T' }),
  notPatched('all or nothing: the last operation is wrong', {}, [{ op: 'add', path: 'title', value: 'T' }, { op: 'add', path: 'shoeSize', value: 43 }], 'invalidPath'),
  notPatched('all or nothing: the last operation finds nothing', {}, [{ op: 'replace', path: 'active', value: false }, { op: 'replace', path: 'emails[type eq "work"].value', value: 'x' }], 'noTarget'),
  noChange('add what is there', both, [{ op: 'add', path: 'emails', value: [home] }]),
  noChange('replace by the same', { title: 'T', ...both }, [{ op: 'replace', path: 'title', value: 'T' }, { op: 'replace', value: { emails: [work, home] } }]),
  noChange('replace active by the same', {}, [{ op: 'replace', value: { active: true } }]),
  noChange('there and back', { title: 'A' }, [{ op: 'replace', path: 'title', value: 'B' }, { op: 'replace', path: 'title', value: 'A' }]),
  noChange('a password alone', {}, [{ op: 'replace', value: { password: 'n3w' } }]),
  notPatched('no operations', {}, [], 'invalidSyntax'),
  notPatched('an unknown op', {}, [{ op: 'move', path: 'title', value: 'T' }], 'invalidSyntax'),
  notPatched('an operation without op', {}, [{ path: 'title', value: 'T' }], 'invalidSyntax'),
  notPatched('an operation that is no object', {}, ['add'], 'invalidValue'),
  notPatched('a path that is no text', {}, [{ op: 'add', path: 5, value: 'T' }], 'invalidValue'),
  notPatched('an unclosed filter', both, [{ op: 'add', path: 'emails[type eq "work"', value: {} }], 'invalidPath'),
  notPatched('a wrong filter', both, [{ op: 'remove', path: 'emails[shoeSize eq "work"]' }], 'invalidFilter'),
  notPatched('a path below a simple attribute', {}, [{ op: 'add', path: 'title.value', value: 'T' }], 'invalidPath'),
  notPatched('a filter on a simple attribute', {}, [{ op: 'add', path: 'title[value eq "x"]', value: 'T' }], 'invalidPath'),
  notPatched('an unknown URN', {}, [{ op: 'add', path: 'urn:example:2.0:Shoes:size', value: 43 }], 'invalidPath'),
  notPatched('__proto__ as a path', {}, [{ op: 'add', path: '__proto__.admin', value: true }], 'invalidPath'),
  notPatched('an unknown key without a path', {}, [{ op: 'add', value: { shoeSize: 43 } }], 'invalidSyntax'),
  aboutUser('no schemas', {}, 'PATCH /Users/{{id}}', 400, { body: { Operations: [{ op: 'add', path: 'title', value: 'T' }] }, expect: { scimType: 'invalidSyntax' } }),
  aboutUser('no Operations', {}, 'PATCH /Users/{{id}}', 400, { body: { schemas: [PATCH_OP] }, expect: { scimType: 'invalidSyntax' } }),
  aboutUser('Operations that is no list', {}, 'PATCH /Users/{{id}}', 400, { body: { schemas: [PATCH_OP], Operations: { op: 'add', path: 'title', value: 'T' } }, expect: { scimType: 'invalidSyntax' } }),
  aboutUser('a list as the body', {}, 'PATCH /Users/{{id}}', 400, { body: [], expect: { scimType: 'invalidSyntax' } }),
  aboutUser('10,001 operations', {}, 'PATCH /Users/{{id}}', 413, { body: patchOp(...Array.from({ length: 10_001 }, () => ({ op: 'add', path: 'title', value: 'T' }))) }),
  one('what is not there', `PATCH /Users/${NOBODY}`, 404, { body: patchOp({ op: 'add', path: 'title', value: 'T' }) }),
  aboutUser('attributes on a patch', { title: 'A', nickName: 'N' }, 'PATCH /Users/{{id}}?attributes=title', 200, { body: patchOp({ op: 'replace', path: 'title', value: 'B' }), expect: { '<only>': { schemas: '<present>', id: '{{id}}', title: 'B' } } }),
  aboutUser('excludedAttributes on a patch', { title: 'A', nickName: 'N' }, 'PATCH /Users/{{id}}?excludedAttributes=title', 200, { body: patchOp({ op: 'replace', path: 'title', value: 'B' }), expect: { title: '<absent>', nickName: 'N' } }),
];

export const rfcPatch: readonly Section[] = [
  { name: 'RFC 7644 §3.5.2.1 PATCH add', cases: add },
  { name: 'RFC 7644 §3.5.2.2 PATCH remove', cases: remove },
  { name: 'RFC 7644 §3.5.2.3 PATCH replace', cases: replace },
  { name: 'RFC 7644 §3.5.2 PATCH', cases: everywhere },
];
